"""A scripted set of clicks for an audience: each shown with the time it took."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sammoe import Result

from .Bridge import PromptRole
from .Phase import Phase
from .SegmentationSession import SegmentationSession
from .Signal import Signal

Place = tuple[PromptRole, tuple[float, float, float]]


@dataclass(frozen=True)
class Step:
    """One action: a click, and perhaps what comes before it.

    Attributes:
        title: What is being shown.
        role: Positive or negative point.
        point_ras: Where, world RAS mm.
        beginsSegment: Whether a new segment is made first.
        repair: None, or what finds the click that mends the mask of the step before.
        endsWorker: Whether the model's process is killed first; it recovers by itself.
        score: None, or what compares a mask with the reference: Dice, 0 to 1.
    """

    title: str
    role: PromptRole
    point_ras: tuple[float, float, float]
    beginsSegment: bool = False
    repair: Callable[[Result], Place | None] | None = None
    endsWorker: bool = False
    score: Callable[[Result], float] | None = None


@dataclass(frozen=True)
class Shown:
    """What came of a step.

    Attributes:
        step: What was done.
        seconds: From the click to the mask.
        expert: The decoder used, or None.
        dice: Agreement with the reference, or None without one.
    """

    step: Step
    seconds: float
    expert: str | None
    dice: float | None = None


class Presenter:
    """Makes steps one after the other, each when the mask of the one before is there.

    Signals:
        changed(): A step was made, or the play ended.

    Attributes:
        shown: Every step made so far with its timing.

    Args:
        session: What predicts; polled by its owner.
        nextSegment: Adds and chooses a segment.
        endWorker: Kills the model's process, for the step that shows how it recovers.
    """

    def __init__(
        self,
        session: SegmentationSession,
        nextSegment: Callable[[], object],
        *,
        endWorker: Callable[[], object] = lambda: None,
    ) -> None:
        self.changed = Signal()
        self.shown: list[Shown] = []
        self._session = session
        self._nextSegment = nextSegment
        self._endWorker = endWorker
        self._steps: Iterator[Step] = iter(())
        self._step: Step | None = None
        self._isStepwise = False
        self._isOpen = False
        session.resultWritten.connect(self._onResult)
        session.failed.connect(self._onFailed)

    @property
    def isPlaying(self) -> bool:
        """Say whether a step is awaited."""
        return self._step is not None

    @property
    def isOpen(self) -> bool:
        """Say whether there may be a next step."""
        return self._isOpen

    @property
    def step(self) -> Step | None:
        """The step that is awaited."""
        return self._step

    def play(self, steps: Sequence[Step]) -> None:
        """Make all steps, one after the other."""
        self.begin(steps)
        self._isStepwise = False
        self.goOn()

    def begin(self, steps: Sequence[Step]) -> None:
        """Be ready for the first step, which `goOn` makes."""
        self.shown = []
        self._steps, self._step = iter(steps), None
        self._isStepwise = self._isOpen = True
        self.changed.emit()

    def goOn(self) -> None:
        """Make the next step; nothing while one is awaited."""
        if self._step is not None or not self._isOpen:
            return
        self._step = next(self._steps, None)
        self._isOpen = self._step is not None
        if self._step is not None:
            self._make(self._step)
        self.changed.emit()

    def stop(self) -> None:
        """Make no further step."""
        if self._step is not None or self._isOpen:
            self._step, self._isOpen = None, False
            self.changed.emit()

    def _make(self, step: Step) -> None:
        if step.endsWorker:
            self._endWorker()
        if step.beginsSegment:
            self._nextSegment()
        role, point_ras = step.role, step.point_ras
        if step.repair is not None and self._session.lastResult is not None:
            role, point_ras = step.repair(self._session.lastResult) or (role, point_ras)
        self._session.promptNode(role).AddControlPointWorld(*point_ras)

    def _onResult(self, segmentId: str, result: Result) -> None:
        engine, step = self._session.engine, self._step
        if step is not None and engine.phase is not Phase.OFF:
            seconds = (engine.lastClick_ms or 0.0) / 1e3
            dice = None if step.score is None else step.score(result)
            self.shown.append(Shown(step, seconds, result.expert, dice))
            self._step = None
            if self._isStepwise:
                self.changed.emit()
            else:
                self.goOn()

    def _onFailed(self, _message: str) -> None:
        if self._step is None or not self._step.endsWorker:  # that one is meant to be seen
            self.stop()
