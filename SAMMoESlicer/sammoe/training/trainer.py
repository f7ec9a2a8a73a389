"""The loop every training shares: batches by number, averaged weights, checkpoints, resume."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import CheckpointError, SAMMoEError
from .atomic_file import whole_file
from .objectives import Objective
from .processes import Processes
from .rollout import draw_plan
from .views import ViewSource

logger = logging.getLogger(__name__)

MOST_SKIPPED_IN_A_ROW = 50
_UNREADABLE = (OSError, EOFError, RuntimeError, ValueError, LookupError, UnpicklingError)


@dataclass(frozen=True)
class TrainingOptions:
    """How a training runs.

    Attributes:
        steps: Length of the schedule.
        learning_rate: Peak of the cosine.
        warm_steps: Steps until the peak.
        size: Patch voxels along each axis in a fine step.
        views: Patches in one part of a fine step.
        objects: Simulated users a patch.
        coarse_size: Patch voxels of a coarse step; 0: every step is fine.
        coarse_views: Patches in one part of a coarse step.
        fine_share: Share of fine steps, once they have begun.
        fine_from: Part of the schedule after which fine steps are mixed in.
        parts: A batch is drawn in so many parts, shared among the processes; what is learned
            does not depend on how many processes there are.
        boxes: The users also draw boxes.
        clip: Largest norm of the gradient.
        ema: Decay of the averaged weights, which are the result.
        seed: Decides views and clicks.
        checkpoint_minutes: Time between checkpoints.
    """

    steps: int = 2000
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    warm_steps: int = 20
    size: int = 64
    views: int = 2
    objects: int = 2
    coarse_size: int = 0
    coarse_views: int = 6
    fine_share: float = 0.3
    fine_from: float = 0.0
    parts: int = 1
    boxes: bool = True
    clip: float = 1.0
    ema: float = 0.99
    seed: int = 1
    checkpoint_minutes: float = 3.0


@dataclass(frozen=True)
class StepReport:
    """What a step gave.

    Attributes:
        step: Steps done.
        steps: Steps of the whole schedule.
        loss: Mean over the batch; NaN where the step was skipped for it.
        dice: Mean after the last click.
        samples: Objects in the batch.
        skipped: Steps skipped so far because a number was not finite.
    """

    step: int
    steps: int
    loss: float
    dice: float
    samples: int
    skipped: int


class Trainer:
    """One training: its weights, their average, its optimiser, its place in the schedule.

    Args:
        objective: What is lowered; its trainable parameters are what is trained.
        source: Where views come from.
        options: Length, rate, batch.
        processes: This process among those `torchrun` started.
        identity: What must be equal for a checkpoint to fit: bundle, task, data.
    """

    def __init__(
        self,
        objective: Objective,
        source: ViewSource,
        *,
        options: TrainingOptions | None = None,
        processes: Processes | None = None,
        identity: str = "",
    ) -> None:
        self.processes = processes or Processes()
        self.options = _whole_parts(options or TrainingOptions(), self.processes.count)
        self._objective = objective.train()
        self._source = source
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
            checkpoint: Written every few minutes and at the end; None: never.
            on_step: Told of every step, in the first process only.
            stopped: Asked between steps; when it says so, the checkpoint is written.

        Returns:
            Whether the schedule was finished.

        Raises:
            SAMMoEError: No step gives finite numbers any more.
        """
        saved_s = time.monotonic()
        while self.step < self.options.steps:
            if self.processes.any(stopped(), self._device):
                break
            report = self.train_step()
            if on_step and self.processes.is_first:
                on_step(report)
            if time.monotonic() - saved_s > 60 * self.options.checkpoint_minutes:
                self._save_from_first(checkpoint)
                saved_s = time.monotonic()
        self._save_from_first(checkpoint)
        return self.step >= self.options.steps

    def train_step(self) -> StepReport:
        """Take one step; a loss or gradient that is not finite changes nothing and is counted."""
        self._optimizer.zero_grad(set_to_none=True)
        loss, dice, samples = self._backward()
        norm = nn.utils.clip_grad_norm_(self._trained.values(), self.options.clip)
        if bool(torch.isfinite(norm)) and math.isfinite(loss):
            for group in self._optimizer.param_groups:
                group["lr"] = self._rate()
            self._optimizer.step()
            self._update_average()
            self._skipped_in_a_row = 0
        else:
            self._count_skipped()
        self.step += 1
        return StepReport(self.step, self.options.steps, loss, dice, samples, self.skipped)

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
        with torch.no_grad():
            for name, value in self._trained.items():
                value.copy_(self._average[name])
        self._objective.eval()

    def save(self, checkpoint: Path) -> None:
        """Write all that `resume` needs."""
        state = {
            "trained": {name: value.detach() for name, value in self._trained.items()},
            "average": self._average,
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
            "skipped": self.skipped,
            "fits": self._fits(),
        }
        with whole_file(checkpoint) as part:
            torch.save(state, part)

    def resume(self, checkpoint: Path) -> None:
        """Continue where a checkpoint ended, with the same batches as without the interruption.

        Raises:
            CheckpointError: Unreadable, or of another training.
        """
        try:
            state: dict[str, Any] = torch.load(
                checkpoint, map_location=self._device, weights_only=True
            )
        except FileNotFoundError as error:
            raise CheckpointError(f"there is no checkpoint {checkpoint} to resume") from error
        except _UNREADABLE as error:
            raise CheckpointError(f"{checkpoint} cannot be read: {error}") from error
        if state.get("fits") != self._fits():
            raise CheckpointError(
                f"{checkpoint} belongs to another training (other bundle, data or options); "
                "resume with the same command, or start without --resume"
            )
        with torch.no_grad():
            for name, value in self._trained.items():
                value.copy_(state["trained"][name])
        self._average = state["average"]
        self._optimizer.load_state_dict(state["optimizer"])
        self.step, self.skipped = state["step"], state["skipped"]

    def _backward(self) -> tuple[float, float, int]:
        """Add up the gradients of this process's parts; returns mean loss and Dice, samples."""
        own = range(self.processes.rank, self.options.parts, self.processes.count)
        results = torch.zeros(2, dtype=torch.float64, device=self._device)
        samples = 0
        for part in own:
            batch, plan, seed = self._draw(part)
            last = part + self.processes.count >= self.options.parts
            with self.processes.without_sync(self._shared if not last else self._objective):
                loss, dice = self._shared(batch, plan, seed)
                (loss / len(own)).backward()
            results += torch.stack([loss.detach(), dice]).double() / len(own)
            samples += len(batch.masks)
        mean_loss, mean_dice = self.processes.mean(results).tolist()
        return mean_loss, mean_dice, samples * self.processes.count

    def _draw(self, part: int) -> tuple[Any, Any, int]:
        """Return views, what the users do, and the seed of their clicks, by step and part alone."""
        options = self.options
        shared = np.random.default_rng((options.seed, 29, self.step))
        fine = not options.coarse_size or (
            self.step >= options.fine_from * options.steps and shared.random() < options.fine_share
        )
        plan = draw_plan(shared)
        if not options.boxes:
            plan = replace(plan, box=False)
        rng = np.random.default_rng((options.seed, 31, self.step, part))
        size, views = options.size, options.views
        if not fine:
            size, views = options.coarse_size, options.coarse_views
        batch = self._source.sample(rng, views=views, objects=options.objects, size=size)
        return batch, plan, int(rng.integers(2**62))

    def _rate(self) -> float:
        warm = min(1.0, (self.step + 1) / max(self.options.warm_steps, 1))
        cosine = 0.5 * (1 + math.cos(math.pi * self.step / self.options.steps))
        return self.options.learning_rate * warm * max(cosine, 0.01)

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

    def _save_from_first(self, checkpoint: Path | None) -> None:
        if checkpoint is not None and self.processes.is_first:
            self.save(checkpoint)
        self.processes.wait()

    def _fits(self) -> str:
        ignored = {"checkpoint_minutes"}
        options = {k: v for k, v in sorted(asdict(self.options).items()) if k not in ignored}
        return f"{self._identity} {options}"


def _whole_parts(options: TrainingOptions, processes: int) -> TrainingOptions:
    """Return options whose parts are shared evenly among the processes."""
    parts = math.ceil(options.parts / processes) * processes
    return replace(options, parts=parts)
