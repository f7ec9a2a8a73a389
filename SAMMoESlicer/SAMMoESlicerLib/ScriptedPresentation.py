"""A scripted set of clicks for an audience: each shown with the time it took."""

from collections.abc import Callable, Iterator, Sequence

from sammoe import Result

from .Phase import Phase
from .PresentationStep import PresentationStep, StepOutcome
from .SegmentationSession import SegmentationSession
from .Signal import Signal


class ScriptedPresentation:
    """Makes one step each time it is told to, once the mask of the one before is there.

    Signals:
        changed(): A step was made, or the presentation ended.

    Attributes:
        outcomes: Every step made so far with its timing.

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
        self.outcomes: list[StepOutcome] = []
        self._session = session
        self._nextSegment = nextSegment
        self._endWorker = endWorker
        self._steps: Iterator[PresentationStep] = iter(())
        self._step: PresentationStep | None = None
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
    def step(self) -> PresentationStep | None:
        """The step that is awaited."""
        return self._step

    def begin(self, steps: Sequence[PresentationStep]) -> None:
        """Be ready for the first step, which `goOn` makes."""
        self.outcomes = []
        self._steps, self._step = iter(steps), None
        self._isOpen = True
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

    def _make(self, step: PresentationStep) -> None:
        if step.endsWorker:
            self._endWorker()
        if step.beginsSegment:
            self._nextSegment()
        role, point_ras = step.role, step.point_ras
        if step.repair is not None and self._session.lastResult is not None:
            role, point_ras = step.repair(self._session.lastResult) or (role, point_ras)
        self._session.promptNode(role).AddControlPointWorld(*point_ras)

    def _onResult(self, segmentId: str, result: Result) -> None:
        worker, step = self._session.worker, self._step
        if step is not None and worker.phase is not Phase.OFF:
            seconds = (worker.lastClick_ms or 0.0) / 1e3
            dice = None if step.score is None else step.score(result)
            self.outcomes.append(StepOutcome(step, seconds, result.expert, dice))
            self._step = None
            self.changed.emit()

    def _onFailed(self, _message: str) -> None:
        if self._step is None or not self._step.endsWorker:  # that one is meant to be seen
            self.stop()
