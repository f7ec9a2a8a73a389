"""The scripted clicks for an audience, in the phantom."""

from collections.abc import Callable

from sammoe.worker.process import end_process
from SAMMoESlicerLib.PhantomTour import phantomTour
from SAMMoESlicerLib.ScriptedPresentation import ScriptedPresentation
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.Sentences import stepSentence

from .worklist import Worklist


class Presentation:
    """Plays the steps, and removes what they made.

    Signals:
        changed(): A step was made, or the play ended.

    Args:
        session: What predicts.
        worklist: Where the segments are made.
        is_remote: Whether the worker runs elsewhere, where it cannot be killed.
        on_segment: Called when a step has begun a segment.
    """

    def __init__(
        self,
        session: SegmentationSession,
        worklist: Worklist,
        *,
        is_remote: bool,
        on_segment: Callable[[], None],
    ) -> None:
        self._session = session
        self._worklist = worklist
        self._is_remote = is_remote
        self._on_segment = on_segment
        self._made: list[str] = []
        self._presentation = ScriptedPresentation(
            session, self._next_segment, endWorker=self._end_worker
        )
        self.changed = self._presentation.changed

    @property
    def is_playing(self) -> bool:
        """Say whether a step is awaited."""
        return self._presentation.isPlaying

    @property
    def is_open(self) -> bool:
        """Say whether there may be a next step."""
        return self._presentation.isOpen

    @property
    def is_begun(self) -> bool:
        """Say whether anything was played, or waits to be."""
        return self.is_open or bool(self._made)

    def begin(self) -> None:
        """Be ready for the first click in the phantom, which is shown."""
        self.start_over()
        self._presentation.begin(phantomTour())

    def go_on(self) -> None:
        """Make the next step."""
        self._presentation.goOn()

    def stop(self) -> None:
        """Make no further click."""
        self._presentation.stop()

    def start_over(self) -> None:
        """Remove what was played."""
        self._presentation.stop()
        self._presentation.outcomes = []
        there = {segment.id for segment in self._worklist.segments()}
        for segment_id in self._made:
            if segment_id in there:
                self._worklist.discard(segment_id)
        self._made.clear()

    def timings(self) -> list[tuple[str, str]]:
        """Return each step's title with its time and decoder."""
        worker = self._session.worker
        return [stepSentence(outcome, worker) for outcome in self._presentation.outcomes]

    def _end_worker(self) -> None:
        """Kill the model's process, as the system does when memory runs out."""
        pid = self._session.worker.info.pid
        if pid is not None and not self._is_remote:
            end_process(pid)

    def _next_segment(self) -> None:
        self._worklist.add()
        if self._session.segmentId is not None:
            self._made.append(self._session.segmentId)
        self._on_segment()
