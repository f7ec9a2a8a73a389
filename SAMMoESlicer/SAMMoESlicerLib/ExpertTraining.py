"""An expert trained in a process of its own: begun, paused, gone on with, measured."""

import json
import re
import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, Protocol

from sammoe.errors import SAMMoEError
from sammoe.whole_file import written_whole

from .Job import Job
from .Signal import Signal
from .TrainingPlan import TrainingPlan
from .TrainingVerdict import TrainingVerdict

STOPPED = 130
"""Exit status of a training that was stopped and has written its checkpoint."""


class TrainingPhase(Enum):
    """How far it is."""

    NONE = auto()
    RUNNING = auto()
    PAUSING = auto()
    PAUSED = auto()
    DONE = auto()


@dataclass(frozen=True)
class TrainingProgress:
    """What is under way.

    Attributes:
        stage: In the words of `sammoe`.
        done: Steps or items done.
        total: Of how many.
        dice: Mean over the last steps; None in a stage without it.
        leftS: Seconds this stage still takes at its present pace; None: not known yet.
    """

    stage: str
    done: int
    total: int
    dice: float | None = None
    leftS: float | None = None


class Process(Protocol):
    """What is needed of a process; none of it may wait, but for `cancel`."""

    code: int | None

    def poll(self) -> bool:
        """Say whether it has ended."""

    def newLines(self) -> list[str]:
        """Return the whole lines it has written since the last call."""

    def letGo(self) -> None:
        """Let it write its checkpoint and end."""

    def cancel(self) -> None:
        """End it at once."""


def startedJob(arguments: list[str]) -> Process:
    """Start a command of `sammoe` behind everything else."""
    return Job(*arguments, isBackground=True)


class ExpertTraining:
    """One training at a time; its folder outlives Slicer, so that another session goes on.

    Signals:
        changed(): Phase or progress.
        failed(message): It ended otherwise than it should have.

    Attributes:
        phase: How far it is.
        progress: What is under way; None where nothing is.
        plan: What is trained; None where nothing is.
        verdict: What was measured at its end.

    Args:
        folder: Where plan, copy of the bundle, checkpoint and verdict are kept.
        start: Starts a process with a command line of `sammoe`.
        clock: Seconds, rising.
    """

    def __init__(
        self,
        folder: Path,
        *,
        start: Callable[[list[str]], Process] = startedJob,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.changed, self.failed = Signal(), Signal()
        self.folder = folder
        self.progress: TrainingProgress | None = None
        self.plan = TrainingPlan.read(folder)
        self.verdict = TrainingVerdict.read(folder) if self.plan else None
        self.phase = TrainingPhase.NONE
        if self.plan is not None:
            self.phase = TrainingPhase.DONE if self.verdict else TrainingPhase.PAUSED
        self._start = start
        self._clock = clock
        self._process: Process | None = None
        self._said: deque[str] = deque(maxlen=50)
        self._heard: deque[str] = deque(maxlen=20)
        self._stageBegan = ("", 0, 0.0)

    @property
    def bundle(self) -> Path:
        """Folder of the copy of the bundle that gets the expert."""
        return self.folder / "bundle"

    def useStart(self, start: Callable[[list[str]], Process]) -> None:
        """Start processes another way from now on."""
        self._start = start

    def begin(self, plan: TrainingPlan) -> None:
        """Copy the bundle and train; what an earlier training left is given up.

        Raises:
            SAMMoEError: The bundle cannot be copied, or the process cannot be started.
        """
        self.discard()
        try:
            (self.folder / "work").mkdir(parents=True)
            shutil.copytree(plan.bundle, self.bundle)
            _rename(self.bundle, plan.name)
            plan.write(self.folder)
        except (OSError, ValueError) as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise SAMMoEError(
                f"the model in {plan.bundle} cannot be copied to {self.folder}: {error}"
            ) from error
        self.plan = plan
        self._run([])

    def resume(self) -> None:
        """Go on where it was paused, or from the last checkpoint.

        Raises:
            SAMMoEError: The process cannot be started.
        """
        if self.phase is TrainingPhase.PAUSED:
            hasCheckpoint = any((self.folder / "work").glob("*.pt"))
            self._run(["--resume"] if hasCheckpoint else [])

    def pause(self) -> None:
        """Let it write its checkpoint and end; another session may go on."""
        if self.phase is TrainingPhase.RUNNING and self._process is not None:
            self._process.letGo()
            self._become(TrainingPhase.PAUSING)

    def discard(self) -> None:
        """Give it up, with everything it made."""
        if self._process is not None:
            self._process.cancel()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.plan = self.verdict = None
        self._become(TrainingPhase.NONE)

    def close(self) -> None:
        """Let a running training write its checkpoint; this does not wait for it."""
        self.pause()
        self._process = None

    def poll(self) -> None:
        """Look how far it is; never waits."""
        process = self._process
        if process is None:
            return
        hasEnded = process.poll()
        for line in process.newLines():
            self._hear(line)
        if hasEnded:
            self._process = None
            self._end(process.code)

    def _run(self, again: list[str]) -> None:
        assert self.plan is not None
        self._said.clear()
        self._heard.clear()
        self._stageBegan = ("", 0, 0.0)
        self._become(TrainingPhase.PAUSED)  # where it cannot be started, it can be tried again
        self._process = self._start(self.plan.arguments(self.folder, again))
        self._become(TrainingPhase.RUNNING)

    def _end(self, code: int | None) -> None:
        wasPausing = self.phase is TrainingPhase.PAUSING
        verdict = TrainingVerdict.fromLines(list(self._said)) if code == 0 else None
        if verdict is not None:
            verdict.write(self.folder)
            self.verdict = verdict
            self._become(TrainingPhase.DONE)
            return
        self._become(TrainingPhase.PAUSED)
        if code != STOPPED and not wasPausing:
            self.failed.emit(self._why(code))

    def _why(self, code: int | None) -> str:
        lines = [line for line in self._heard if line.strip()]
        last = re.sub(r"^sammoe [\w-]+: ", "", lines[-1]) if lines else ""
        return f"the training stopped: {last or f'its process ended with exit status {code}'}"

    def _hear(self, line: str) -> None:
        try:
            values = json.loads(line)
            if "say" in values:
                self._said.append(str(values["say"]))
                return
            stage, done, total = str(values["stage"]), int(values["done"]), int(values["total"])
            dice = values.get("dice")
        except (ValueError, TypeError, KeyError):
            self._heard.append(line)  # a warning or an error in words
            return
        left_s = self._leftS(stage, done, total)
        self.progress = TrainingProgress(stage, done, total, dice, left_s)
        self.changed.emit()

    def _leftS(self, stage: str, done: int, total: int) -> float | None:
        now_s = self._clock()
        if stage != self._stageBegan[0]:
            self._stageBegan = (stage, done, now_s)
        _stage, first, began_s = self._stageBegan
        return None if done <= first else (total - done) * (now_s - began_s) / (done - first)

    def _become(self, phase: TrainingPhase) -> None:
        self.phase = phase
        if phase not in (TrainingPhase.RUNNING, TrainingPhase.PAUSING):
            self.progress = None
        self.changed.emit()


def _rename(bundle: Path, structure: str) -> None:
    """Let the copy's name say what it got, so that both can be told apart in the list."""
    card = json.loads((bundle / "bundle.json").read_text("utf-8"))
    card["name"] = _nameWith(card, structure)
    with written_whole(bundle / "bundle.json") as stream:
        stream.write(json.dumps(card, ensure_ascii=False, indent=2).encode())


def _nameWith(card: dict[str, Any], structure: str) -> str:
    name = str(card["name"])
    return name if name.endswith(f"+ {structure}") else f"{name} + {structure}"
