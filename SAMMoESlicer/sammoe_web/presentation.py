"""The scripted clicks for an audience, in the phantom."""

from collections.abc import Callable

from SAMMoESlicerLib.Presenter import Presenter
from SAMMoESlicerLib.Samples import phantomSteps
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.Sentences import stepSentence

from .worklist import Worklist


class Presentation:
    """Plays the steps, and removes what they made.

    Args:
        session: What predicts.
        worklist: Where the segments are made.
        on_segment: Called when a step has begun a segment.
    """

    def __init__(
        self,
        session: SegmentationSession,
        worklist: Worklist,
        *,
        on_segment: Callable[[], None],
    ) -> None:
        self._session = session
        self._worklist = worklist
        self._on_segment = on_segment
        self._made: list[str] = []
        self._presenter = Presenter(session, self._next_segment)

    @property
    def is_playing(self) -> bool:
        """Say whether a step is awaited."""
        return self._presenter.isPlaying

    def play(self) -> None:
        """Click in the phantom, which is shown."""
        self.start_over()
        self._presenter.play(phantomSteps())

    def stop(self) -> None:
        """Make no further click."""
        self._presenter.stop()

    def start_over(self) -> None:
        """Remove what was played."""
        self._presenter.stop()
        self._presenter.shown = []
        there = {segment.id for segment in self._worklist.segments()}
        for segment_id in self._made:
            if segment_id in there:
                self._worklist.remove(segment_id)
        self._made.clear()

    def timings(self) -> list[tuple[str, str]]:
        """Return each step's title with its time and decoder."""
        engine = self._session.engine
        return [stepSentence(shown, engine) for shown in self._presenter.shown]

    def _next_segment(self) -> None:
        self._worklist.add()
        if self._session.segmentId is not None:
            self._made.append(self._session.segmentId)
        self._on_segment()
