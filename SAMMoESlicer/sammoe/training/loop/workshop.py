"""Where the stages of a training work: device, processes, checkpoints, and what they keep."""

import glob
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from ...errors import CheckpointError
from ...labelled_scans import LeftOut
from ...whole_file import written_whole
from ..objectives.objective import Objective
from ..reporter import Reporter, Silent
from ..view_batch import ViewSource
from .inspection import Inspection
from .processes import Processes
from .schedule import TrainingOptions
from .trainer import Trainer


class StoppedError(Exception):
    """Somebody asked to stop; the same command goes on from here."""


def never() -> bool:
    """Say that nobody asked to stop."""
    return False


@dataclass
class Workshop:
    """What all stages share.

    Attributes:
        folder: Where checkpoints lie, and what stages keep.
        prefix: Before the names of its files there.
        device: Where models are.
        processes: This process among those `torchrun` started.
        reporter: Told how far it is.
        left_out: Told of scans that cannot be used.
        stopped: Says whether somebody asked to stop.
        resumes: Go on from checkpoints that are there.
        keeps: Stages leave their results in the folder, and are not done again where they are.
        painters: Processes that draw views while this one learns from earlier ones.
        checkpoints: Those that were written or read.
    """

    folder: Path
    prefix: str = ""
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    processes: Processes = field(default_factory=Processes)
    reporter: Reporter = field(default_factory=Silent)
    left_out: LeftOut = field(default_factory=LeftOut)
    stopped: Callable[[], bool] = never
    resumes: bool = False
    keeps: bool = False
    painters: int = 0
    checkpoints: list[Path] = field(default_factory=list)

    def path(self, name: str) -> Path:
        """Return where a stage's checkpoint or result lies."""
        return self.folder / f"{self.prefix}{name}.pt"

    def begun(self, name: str) -> Path | None:
        """Return a checkpoint that a stage, or a fold of it, has left; None: there is none."""
        stage = self.path(name)
        return next((path for path in (stage, *_folds_of(stage)) if path.exists()), None)

    def say(self, line: str) -> None:
        """Report a result or a change of stage."""
        self.reporter.say(line)

    def train(
        self,
        name: str,
        objective: Objective,
        views: ViewSource,
        options: TrainingOptions,
        *,
        identity: str,
        inspection: Inspection | None = None,
    ) -> Trainer:
        """Train to the end of the schedule and put the averaged weights in their place.

        Args:
            name: Of the stage and its checkpoint.
            objective: What is lowered; its trainable parameters are what is trained.
            views: What is looked at.
            options: Length, rate, batch.
            identity: What must be equal for a checkpoint to fit.
            inspection: Looks at the averaged weights now and then.

        Returns:
            The trainer at its end.

        Raises:
            StoppedError: Somebody asked to; the checkpoint is written.
        """
        trainer = Trainer(
            objective,
            views,
            options=options,
            processes=self.processes,
            identity=identity,
            painters=self.painters,
            inspection=inspection,
        )
        checkpoint = self.path(name)
        if self.resumes and checkpoint.exists():
            trainer.resume(checkpoint)
            self.say(f"{name}: resumed at step {trainer.step}")
        self.checkpoints.append(checkpoint)
        if not trainer.run(
            checkpoint, on_step=partial(self.reporter.step, name), stopped=self.stopped
        ):
            raise StoppedError(f"'{name}' stopped at step {trainer.step}")
        trainer.load_average()
        return trainer

    def check_wanted(self, where: str) -> None:
        """Leave, where somebody asked to stop.

        Args:
            where: In what work, to be said after 'stopped'.

        Raises:
            StoppedError: Somebody did.
        """
        if self.stopped():
            raise StoppedError(f"stopped {where}")

    def kept(self, name: str, make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """Return a stage's result: from the folder if it is kept there, made where it is missing.

        Raises:
            StoppedError: Somebody asked to stop before it is made.
        """
        path = self.path(name)
        if self.keeps and path.exists():
            state: dict[str, Tensor] = torch.load(path, weights_only=True)
            return state
        self.check_wanted(f"before '{name}'")
        made = make()
        if self.keeps:
            with written_whole(path) as stream:
                torch.save(made, stream)
        return made

    def all_kept(
        self, makes: dict[str, Callable[[], dict[str, Tensor]]], *, what: str
    ) -> list[dict[str, Tensor]]:
        """Return many results by name, the work shared among the processes.

        Only results that are kept can be shared; otherwise every process makes all of them.

        Args:
            makes: What makes each result, by the name it is kept under.
            what: What they are, for the reporter.
        """
        names = list(makes)
        if not self.keeps:
            return [self._counted(n, names, makes, what) for n in range(len(names))]
        for n in self.share(range(len(names))):
            self._counted(n, names, makes, what)
        self.processes.wait()
        return [self.kept(name, makes[name]) for name in names]

    def share(self, numbers: Sequence[int]) -> Sequence[int]:
        """Return those of many alike items that this process does."""
        return numbers[self.processes.rank :: self.processes.count]

    def first_alone(self) -> bool:
        """Let the other processes end here; returns whether this one goes on."""
        is_first = self.processes.is_first
        self.processes = self.processes.leave()
        return is_first

    def forget_checkpoints(self) -> None:
        """Remove them, with all folds of their stages: what they led to is written."""
        for checkpoint in self.checkpoints:
            for path in (checkpoint, *_folds_of(checkpoint)):
                path.unlink(missing_ok=True)

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

    def _counted(
        self,
        n: int,
        names: list[str],
        makes: dict[str, Callable[[], dict[str, Tensor]]],
        what: str,
    ) -> dict[str, Tensor]:
        if n == 0:
            self.reporter.count(what, 0, len(names))
        made = self.kept(names[n], makes[names[n]])
        self.reporter.count(what, n + 1, len(names))
        return made


def _folds_of(checkpoint: Path) -> list[Path]:
    """Return what folds of a stage have left beside its checkpoint, also an earlier run's."""
    return sorted(checkpoint.parent.glob(f"{glob.escape(checkpoint.stem)}.fold-*.pt"))
