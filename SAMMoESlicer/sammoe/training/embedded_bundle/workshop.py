"""Where the stages work: folder, scenes, processes."""

import logging
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from ...errors import CheckpointError
from ...whole_file import written_whole
from ..loop.processes import Processes
from ..loop.schedule import StepReport
from ..loop.stopping import StopOnSignal
from ..loop.trainer import Trainer
from ..synthetic.scenes import SceneStore

logger = logging.getLogger(__name__)

LOG_EVERY = 50


class StoppedError(Exception):
    """Somebody asked to stop; the same command goes on from here."""


class Workshop:
    """What all stages share.

    Args:
        folder: Scenes, checkpoints and results.
        processes: This process among those `torchrun` started.
        stopped: Says whether somebody asked to stop.
    """

    def __init__(self, folder: Path, processes: Processes, stopped: StopOnSignal) -> None:
        self.folder = folder
        self.processes = processes
        self._stopped = stopped
        folder.mkdir(parents=True, exist_ok=True)

    def check_recipe(self, recipe: str) -> None:
        """Check that what the folder keeps is of this recipe; an empty one takes it.

        Raises:
            CheckpointError: It is of another one.
        """
        path = self.folder / "recipe.json"
        if self.processes.is_first and not path.exists():
            with written_whole(path) as stream:
                stream.write(recipe.encode())
        self.processes.wait()
        if path.read_text(encoding="utf-8") != recipe:
            raise CheckpointError(
                f"{self.folder} holds the work of another recipe; name another folder or remove it"
            )

    def scenes(self, name: str, numbers: range) -> SceneStore:
        """Return a store of scenes, drawn by all processes where they are missing."""
        SceneStore(self.folder / name).fill(self.share(numbers))
        self.processes.wait()
        return SceneStore(self.folder / name)

    def share(self, numbers: range) -> range:
        """Return this process's share of some numbers."""
        return numbers[self.processes.rank :: self.processes.count]

    def say(self, line: str, *values: object) -> None:
        """Log a line in the first process."""
        if self.processes.is_first:
            logger.info(line, *values)

    def train(self, trainer: Trainer, name: str) -> None:
        """Train to the end of the schedule, from the checkpoint if there is one.

        Raises:
            StoppedError: Somebody asked to; the checkpoint is written.
        """
        checkpoint = self.folder / f"{name}.pt"
        if checkpoint.exists():
            trainer.resume(checkpoint)
        if not trainer.run(checkpoint, on_step=self._log(name), stopped=self._stopped):
            raise StoppedError(f"stopped in '{name}' at step {trainer.step}")
        trainer.load_average()

    def kept(self, name: str, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """Return tensors from the folder, made first where they are missing."""
        path = self.folder / f"{name}.pt"
        if not path.exists():
            with written_whole(path) as stream:
                torch.save(make(), stream)
        state: dict[str, Tensor] = torch.load(path, weights_only=True)
        return state

    def _log(self, name: str) -> Callable[[StepReport], None]:
        recent: list[StepReport] = []

        def on_step(report: StepReport) -> None:
            recent.append(report)
            if report.step % LOG_EVERY and report.step != report.steps:
                return
            self.say(
                "%s: step %d of %d, loss %.3f, Dice %.3f, skipped %d",
                name, report.step, report.steps,
                sum(r.loss for r in recent) / len(recent),
                sum(r.dice for r in recent) / len(recent),
                report.skipped,
            )  # fmt: skip
            recent.clear()

        return on_step


def frozen(module: nn.Module) -> nn.Module:
    """Return a module that is only used from now on."""
    return module.requires_grad_(False).eval()
