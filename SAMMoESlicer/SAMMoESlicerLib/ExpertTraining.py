"""An expert trained in a process of its own: begun, paused, gone on with, measured."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sammoe.errors import SAMMoEError

from .BundleCopy import copyNamed
from .Signal import Signal
from .TrainingPlan import TrainingPlan
from .TrainingProcess import Process, Start, startedJob
from .TrainingProgress import TrainingPhase, TrainingProgress
from .TrainingTalk import TrainingTalk
from .TrainingTrace import TrainingTrace
from .TrainingVerdict import TrainingVerdict
from .UsedExpert import UsedExpert
from .WorstCases import evaluateArguments, worstPictures

STOPPED = 130
"""Exit status of a training that was stopped and has written its checkpoint."""


class ExpertTraining:
    """One training at a time; its folder outlives Slicer, so that another session goes on.

    Signals:
        changed(): Phase or progress.
        paced(pace): How long it takes on this computer was measured.
        failed(message): It ended otherwise than it should have.

    Attributes:
        phase: How far it is.
        plan: What is trained; None where nothing is.
        awaitsYes: It was measured how long it takes, and nobody has agreed yet.
        verdict: What was measured at its end; None before, and where nobody knows it any more.
        used: The model it made, where that is in use.

    Args:
        folder: Where plan, copy of the bundle, checkpoint and verdict are kept.
        start: Starts a process with a command line of `sammoe`, and the file it writes to.
        clock: Seconds, rising.
    """

    def __init__(
        self,
        folder: Path,
        *,
        start: Start = startedJob,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.changed, self.paced, self.failed = Signal(), Signal(), Signal()
        self.folder = folder
        self.awaitsYes = False
        self.plan: TrainingPlan | None = None
        self.verdict: TrainingVerdict | None = None
        self.used: UsedExpert | None = None
        self.phase = TrainingPhase.NONE
        self._find()
        self._start = start
        self._clock = clock
        self._process: Process | None = None
        self._talk = TrainingTalk(clock)
        self._trace = TrainingTrace(folder)

    @property
    def bundle(self) -> Path:
        """Folder of the copy of the bundle that gets the expert."""
        return self.folder / "bundle"

    @property
    def progress(self) -> TrainingProgress | None:
        """What is under way, or was when it was paused; None where nobody knows."""
        isUnderWay = self.phase in (
            TrainingPhase.MEASURING,
            TrainingPhase.RUNNING,
            TrainingPhase.PAUSING,
            TrainingPhase.PAUSED,
        )
        return self._talk.progress if isUnderWay else None

    @property
    def pictures(self) -> list[Path]:
        """Its worst cases on scans held out; empty where nothing could be drawn."""
        return worstPictures(self.folder)

    def useStart(self, start: Start) -> None:
        """Start processes another way from now on."""
        self._start = start

    def begin(self, plan: TrainingPlan, *, measures: bool = False) -> None:
        """Copy the bundle and train; what an earlier training left is given up.

        Args:
            plan: What.
            measures: Only until it is known how long it takes; `resume` is the yes to that.

        Raises:
            SAMMoEError: The bundle cannot be copied, or the process cannot be started; or the
                folder holds a training that this session does not know, which is shown then.
        """
        self.discard()
        if self._isOthers:
            self._find()
            self.changed.emit()
            raise SAMMoEError(self._othersSentence())
        try:
            (self.folder / "work").mkdir(parents=True)
            copyNamed(Path(plan.bundle), self.bundle, plan.expertName)
            self._trace.begin()
            plan.write(self.folder)
        except (OSError, ValueError, SAMMoEError) as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise SAMMoEError(
                f"the model in {plan.bundle} cannot be copied to {self.folder}: {error}"
            ) from error
        self.plan = plan
        self._run([])
        if measures:
            self._become(TrainingPhase.MEASURING)

    def resume(self) -> None:
        """Go on where it was paused, or from the last checkpoint; it may have ended unseen.

        Raises:
            SAMMoEError: The process cannot be started.
        """
        if self.phase is not TrainingPhase.PAUSED:
            return
        self.awaitsYes = False
        if self._trace.isMade:
            self._talk = TrainingTalk(self._clock)
            self._trace.retell(self._talk)
            self._conclude(TrainingVerdict.fromLines(list(self._talk.said)))
        else:
            hasCheckpoint = any((self.folder / "work").glob("*.pt"))
            self._run(["--resume"] if hasCheckpoint else [])

    def pause(self) -> None:
        """Let it write its checkpoint and end; another session may go on."""
        isRunning = self.phase in (TrainingPhase.RUNNING, TrainingPhase.MEASURING)
        if isRunning and self._process is not None:
            self._process.letGo()
            self._become(TrainingPhase.PAUSING)

    def discard(self) -> None:
        """Give it up, with everything it made; what another Slicer began stays."""
        if self._process is not None:
            self._process.cancel()
            self._process = None
        if not self._isOthers:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.plan = self.verdict = self.used = None
        self.awaitsYes = False
        self._become(TrainingPhase.NONE)

    def use(self, installed: Path, *, before: str) -> None:
        """Know that the model it made is in use, and which one was before.

        Raises:
            OSError: That cannot be written down.
        """
        self.used = UsedExpert(str(installed), before)
        self.used.write(self.folder)
        self._become(TrainingPhase.USED)

    def takeBack(self) -> None:
        """Know that the model before is in use again."""
        UsedExpert.forget(self.folder)
        self.used = None
        self._become(TrainingPhase.DONE)

    def close(self) -> None:
        """Let a running training write its checkpoint; this does not wait for it."""
        if self.phase is TrainingPhase.DRAWING and self._process is not None:
            self._process.cancel()
        self.pause()
        self._process = None

    def poll(self) -> None:
        """Look how far it is; never waits."""
        process = self._process
        if process is None:
            return
        hasEnded = process.poll()
        lines = process.newLines()
        for line in lines:
            self._talk.hear(line)
        if hasEnded:
            self._process = None
            self._end(process.code)
        elif lines:
            self._look()

    def _look(self) -> None:
        """Go on where it is only measured how long it takes, and that is known now."""
        pace = self._talk.pace.pace
        if self.phase is TrainingPhase.MEASURING and pace is not None:
            self.awaitsYes = True
            self.paced.emit(pace)
            self.pause()
        self.changed.emit()

    def _run(self, again: list[str]) -> None:
        assert self.plan is not None
        self._talk = TrainingTalk(self._clock)
        self._become(TrainingPhase.PAUSED)  # where it cannot be started, it can be tried again
        arguments = self.plan.arguments(self.folder, again)
        self._process = self._start(arguments, self._trace.newOutput())
        self._become(TrainingPhase.RUNNING)

    def _end(self, code: int | None) -> None:
        wasPausing = self.phase is TrainingPhase.PAUSING
        if self.phase is TrainingPhase.DRAWING:
            self._become(TrainingPhase.DONE)
            return
        verdict = TrainingVerdict.fromLines(list(self._talk.said)) if code == 0 else None
        if verdict is not None:
            pace = self._talk.pace.ended()
            if pace is not None:
                self.paced.emit(pace)
            self._conclude(verdict)
            return
        self._become(TrainingPhase.PAUSED)
        if self._trace.isMade:  # by the process of an earlier session, which was faster
            self.resume()
        elif code != STOPPED and not wasPausing:
            self.failed.emit(self._talk.why(code))

    def _conclude(self, verdict: TrainingVerdict | None) -> None:
        """Go on to the card; None: what was measured is lost."""
        if verdict is not None:
            verdict.write(self.folder)
            self.verdict = verdict
        self._drawWorst()

    def _drawWorst(self) -> None:
        """Draw the worst cases; a card without pictures is one all the same."""
        assert self.plan is not None
        try:
            arguments = evaluateArguments(self.plan, self.folder, self._talk.heldOut)
            self._process = self._start(arguments, None)
            self._become(TrainingPhase.DRAWING)
        except SAMMoEError:
            self._become(TrainingPhase.DONE)

    @property
    def _isOthers(self) -> bool:
        """Say whether the folder holds another training than the one that is known here."""
        if not TrainingPlan.isIn(self.folder):
            return False
        kept = TrainingPlan.read(self.folder)
        return kept is None or kept != self.plan

    def _othersSentence(self) -> str:
        if self.plan is None:
            return (
                f"{self.folder} holds a training that a later version of SAMMoESlicer began, or "
                "whose plan is damaged: finish it there, or move the folder away and try again"
            )
        return (
            f"another Slicer trains an expert for '{self.plan.name}', or has trained it; it is "
            "shown now: use it or give it up first"
        )

    def _find(self) -> None:
        """Know what is in the folder."""
        self.plan = TrainingPlan.read(self.folder)
        self.verdict = TrainingVerdict.read(self.folder) if self.plan else None
        self.used = UsedExpert.read(self.folder) if self.plan else None
        self.phase = self._phaseFound()

    def _phaseFound(self) -> TrainingPhase:
        """Return how far the training is that an earlier session left."""
        if self.plan is None:
            return TrainingPhase.NONE
        if self.used is not None:
            return TrainingPhase.USED
        return TrainingPhase.PAUSED if self.verdict is None else TrainingPhase.DONE

    def _become(self, phase: TrainingPhase) -> None:
        self.phase = phase
        self.changed.emit()
