"""How masks meet other segments."""

from typing import Any

from ..Bridge import WriteMode
from ..Bridge.CompletedSegments import CompletedSegments
from ..SegmentationSession import SegmentationSession


class WritingSection:
    """Brings 'Overwrite other segments' to the writer; completed segments are never touched.

    Args:
        session: What writes.
    """

    def __init__(self, session: SegmentationSession) -> None:
        self._session = session

    def apply(self, segmentationNode: Any, *, overwrite: bool) -> None:
        """Write this way from now on."""
        if segmentationNode is not None:
            writer = self._session.writer(segmentationNode)
            writer.mode = WriteMode.OVERWRITE_OTHERS if overwrite else WriteMode.KEEP_OTHERS
            writer.lockedSegmentIds = CompletedSegments(segmentationNode)
