"""A scripted set of clicks for an audience: each shown with the time it took."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sammoe import Result

from .Bridge import PromptRole
from .Phase import Phase
from .SegmentationSession import SegmentationSession
from .Signal import Signal


@dataclass(frozen=True)
class Step:
    """One action.

    Attributes:
        title: What is being shown.
        role: Positive or negative point.
        point_ras: Where, world RAS mm.
        beginsSegment: Whether a new segment is made first.
    """

    title: str
    role: PromptRole
    point_ras: tuple[float, float, float]
    beginsSegment: bool = False


@dataclass(frozen=True)
class Shown:
    """What came of a step: seconds from the click to the mask, and the decoder used."""

    step: Step
    seconds: float
    expert: str | None


class Presenter:
    """Plays steps one after the other, each when the mask of the one before is there.

    Signals:
        changed(): A step was made, or the play ended.

    Attributes:
        shown: Every step made so far with its timing.

    Args:
        session: What predicts; polled by its owner.
        nextSegment: Adds and chooses a segment.
    """

    def __init__(self, session: SegmentationSession, nextSegment: Callable[[], object]) -> None:
        self.changed = Signal()
        self.shown: list[Shown] = []
        self._session = session
        self._nextSegment = nextSegment
        self._steps: Iterator[Step] = iter(())
        self._step: Step | None = None
        session.resultWritten.connect(self._onResult)
        session.failed.connect(lambda _message: self.stop())

    @property
    def isPlaying(self) -> bool:
        """Say whether a step is awaited."""
        return self._step is not None

    def play(self, steps: Sequence[Step]) -> None:
        """Begin with the first step."""
        self.shown = []
        self._steps = iter(steps)
        self._next()

    def stop(self) -> None:
        """Make no further step."""
        if self._step is not None:
            self._step = None
            self.changed.emit()

    def _next(self) -> None:
        self._step = next(self._steps, None)
        if self._step is not None:
            if self._step.beginsSegment:
                self._nextSegment()
            self._session.promptNode(self._step.role).AddControlPointWorld(*self._step.point_ras)
        self.changed.emit()

    def _onResult(self, segmentId: str, result: Result) -> None:
        engine = self._session.engine
        if self._step is not None and engine.phase is not Phase.OFF:
            seconds = (engine.lastClick_ms or 0.0) / 1e3
            self.shown.append(Shown(self._step, seconds, result.expert))
            self._next()
