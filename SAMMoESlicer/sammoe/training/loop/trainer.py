"""The loop every training shares: batches by number, averaged weights, checkpoints, resume."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from ...errors import SAMMoEError
from ..objectives.objective import Objective
from ..reporter import StepReport
from ..view_batch import ViewSource
from .checkpoint import read_checkpoint, write_checkpoint
from .inspection import Inspection
from .painted_ahead import PaintedAhead
from .processes import Processes
from .schedule import TrainingOptions

logger = logging.getLogger(__name__)

MOST_SKIPPED_IN_A_ROW = 50


class Trainer:
    """One training: its weights, their average, its optimiser, its place in the schedule.

    Args:
        objective: What is lowered; its trainable parameters are what is trained.
        source: Where views come from.
        options: Length, rate, batch.
        processes: This process among those `torchrun` started.
        identity: What must be equal for a checkpoint to fit: bundle, task, data.
        painters: Processes that draw views while this one learns; 0: it draws them itself.
        inspection: Looks at the averaged weights now and then; None: nobody does.
    """

    def __init__(
        self,
        objective: Objective,
        source: ViewSource,
        *,
        options: TrainingOptions | None = None,
        processes: Processes | None = None,
        identity: str = "",
        painters: int = 0,
        inspection: Inspection | None = None,
    ) -> None:
        self.processes = processes or Processes()
        self.options = (options or TrainingOptions()).for_processes(self.processes.count)
        self.objective = objective.train()
        self._source = source
        self._painters = painters
        self._inspection = inspection
        self._ahead: PaintedAhead | None = None
        self._identity = identity
        self._trained = {n: p for n, p in objective.named_parameters() if p.requires_grad}
        self._device = next(iter(self._trained.values())).device
        self._average = {name: value.detach().clone() for name, value in self._trained.items()}
        self._optimizer = torch.optim.AdamW(
            self._trained.values(),
            lr=self.options.learning_rate,
            weight_decay=self.options.weight_decay,
        )
        self._shared = self.processes.shared(objective)
        self.step = 0
        self.skipped = 0
        self._skipped_in_a_row = 0

    def run(
        self,
        checkpoint: Path | None = None,
        *,
        on_step: Callable[[StepReport], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Train to the end of the schedule.

        Args:
            checkpoint: Written every few minutes and at the end; None: never. One that cannot be
                written, because the disk is full, does not stop the training.
            on_step: Told of every step, in the first process only.
            stopped: Asked between steps; when it says so, the checkpoint is written.

        Returns:
            Whether the schedule was finished.

        Raises:
            SAMMoEError: No step gives finite numbers any more, or the checkpoint of a stopped
                training cannot be written.
        """
        with self._painted_ahead():
            self._run_steps(checkpoint, on_step, stopped)
        finished = self.step >= self.options.last_step
        saved = self._save_from_first(checkpoint)
        if self.processes.any(not (saved or finished), self._device):
            raise SAMMoEError(
                f"stopped at step {self.step}, but the checkpoint cannot be written; the last one "
                f"that could, if any, is {checkpoint}"
            )
        return finished

    def _run_steps(
        self,
        checkpoint: Path | None,
        on_step: Callable[[StepReport], None] | None,
        stopped: Callable[[], bool],
    ) -> None:
        saved_s = time.monotonic()
        while self.step < self.options.last_step:
            if self.processes.any(stopped(), self._device):
                break
            report = self.train_step()
            if on_step and self.processes.is_first:
                on_step(report)
            self._inspect()
            due = time.monotonic() - saved_s > 60 * self.options.checkpoint_minutes
            if self.processes.any(due, self._device):
                self._save_from_first(checkpoint)
                saved_s = time.monotonic()

    def _inspect(self) -> None:
        """Let the inspection look, where it is time, at what the training would give by now."""
        due = self._inspection is not None and self._inspection.is_due(self.step)
        if self._inspection is None or not self.processes.any(due, self._device):
            return
        learnt = {name: value.detach().clone() for name, value in self._trained.items()}
        self.load_average()
        self._inspection.look(self.step, self.objective)
        self._put(learnt)
        self.objective.train()

    @contextmanager
    def _painted_ahead(self) -> Iterator[None]:
        """Let other processes draw the views of the steps that are left, if there are any."""
        if not self._painters or self.step >= self.options.last_step:
            yield
            return
        with PaintedAhead(
            self._source,
            self.options,
            painters=self._painters,
            first=self.step,
            own=self._own_parts,
            device=self._device,
        ) as self._ahead:
            try:
                yield
            finally:
                self._ahead = None

    @property
    def _own_parts(self) -> range:
        return range(self.processes.rank, self.options.parts, self.processes.count)

    def train_step(self) -> StepReport:
        """Take one step; a loss or gradient that is not finite changes nothing and is counted."""
        self._optimizer.zero_grad(set_to_none=True)
        loss, dice, samples = self._backward()
        norm = nn.utils.clip_grad_norm_(self._trained.values(), self.options.clip)
        if bool(torch.isfinite(norm)) and math.isfinite(loss):
            for group in self._optimizer.param_groups:
                group["lr"] = self.options.rate(self.step)
            self._optimizer.step()
            self._update_average()
            self._skipped_in_a_row = 0
        else:
            self._count_skipped()
        self.step += 1
        return StepReport(self.step, self.options.last_step, loss, dice, samples, self.skipped)

    def gradients(self) -> dict[str, Tensor]:
        """Return the gradients of the next step without taking it; missing ones are zero."""
        self._optimizer.zero_grad(set_to_none=True)
        self._backward()
        return {
            name: torch.zeros_like(value) if value.grad is None else value.grad.clone()
            for name, value in self._trained.items()
        }

    def load_average(self) -> None:
        """Put the averaged weights, which are the result, into the objective."""
        self._put(self._average)
        self.objective.eval()

    @torch.no_grad()
    def _put(self, values: dict[str, Tensor]) -> None:
        for name, value in self._trained.items():
            value.copy_(values[name])

    def save(self, checkpoint: Path) -> None:
        """Write all that `resume` needs."""
        state = {
            "trained": {name: value.detach() for name, value in self._trained.items()},
            "average": self._average,
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
            "skipped": self.skipped,
            "seen": {} if self._inspection is None else self._inspection.seen,
            "fits": self._fits(),
        }
        write_checkpoint(checkpoint, state)

    def resume(self, checkpoint: Path) -> None:
        """Continue where a checkpoint ended, with the same batches as without the interruption.

        Raises:
            CheckpointError: Unreadable, or of another training.
        """
        state = read_checkpoint(
            checkpoint,
            device=self._device,
            fits=self._fits(),
            trained=self._trained,
            optimizer=self._optimizer,
        )
        self._put(state["trained"])
        self._average = state["average"]
        self._optimizer.load_state_dict(state["optimizer"])
        self.step, self.skipped = state["step"], state["skipped"]
        if self._inspection is not None:
            self._inspection.seen = dict(state.get("seen", {}))

    def _backward(self) -> tuple[float, float, int]:
        """Add up the gradients of this process's parts; returns mean loss and Dice, samples."""
        own = self._own_parts
        results = torch.zeros(2, device=self._device)  # Apple's GPU has no float64
        samples = 0
        for part in own:
            if self._ahead is not None:
                batch, plan, seed = self._ahead.draw()
            else:
                batch, plan, seed = self.options.draw(self._source, self.step, part)
            last = part + self.processes.count >= self.options.parts
            with self.processes.without_sync(self._shared if not last else self.objective):
                loss, dice = self._shared(batch, plan, seed)
                (loss / len(own)).backward()
            results += torch.stack([loss.detach(), dice]).float() / len(own)
            samples += len(batch.masks)
        mean_loss, mean_dice = self.processes.mean(results).tolist()
        return mean_loss, mean_dice, samples * self.processes.count

    def _update_average(self) -> None:
        decay = min(self.options.ema, (1 + self.step) / (10 + self.step))
        now = [value.detach() for value in self._trained.values()]
        torch._foreach_lerp_(list(self._average.values()), now, 1 - decay)

    def _count_skipped(self) -> None:
        self.skipped += 1
        self._skipped_in_a_row += 1
        logger.info("step %d skipped: a number was not finite", self.step)
        if self._skipped_in_a_row >= MOST_SKIPPED_IN_A_ROW:
            raise SAMMoEError(
                f"{MOST_SKIPPED_IN_A_ROW} steps in a row gave numbers that are not finite; "
                "lower the learning rate or look at the data"
            )

    def _save_from_first(self, checkpoint: Path | None) -> bool:
        """Write the checkpoint in the first process; returns whether this process could."""
        saved = True
        if checkpoint is not None and self.processes.is_first:
            try:
                self.save(checkpoint)
            except (OSError, RuntimeError) as error:
                logger.warning("the checkpoint cannot be written (%s)", error)
                saved = False
        self.processes.wait()
        return saved

    def _fits(self) -> str:
        ignored = {"checkpoint_minutes", "stop_at"}
        options = {k: v for k, v in sorted(asdict(self.options).items()) if k not in ignored}
        return f"{self._identity} {options}"
