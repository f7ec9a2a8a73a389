"""What the user painted while another module was shown, e.g. in the Segment Editor."""

import numpy as np

from sammoe import MaskPrompt
from sammoe.errors import SAMMoEError

from .SegmentationSession import SegmentationSession


class HandEdits:
    """Compares the segment before and after; what was painted is where the next click starts.

    Args:
        session: What predicts.
    """

    def __init__(self, session: SegmentationSession) -> None:
        self._session = session
        self._segmentId: str | None = None
        self._before: MaskPrompt | None = None

    def remember(self) -> None:
        """Keep the segment as it is, when the panel is left."""
        self._segmentId = self._session.segmentId
        self._before = self._read()

    def takeUp(self) -> None:
        """Look what has changed, when the panel is shown again."""
        if self._segmentId is None or self._segmentId != self._session.segmentId:
            return
        now = self._read()
        if now is not None and not _areEqual(self._before, now):
            self._session.startNextClickFrom(now)
        self._segmentId = None

    def _read(self) -> MaskPrompt | None:
        try:
            return self._session.readSegment()
        except SAMMoEError:
            return None  # no segment or no volume, so nothing to compare


def _areEqual(first: MaskPrompt | None, second: MaskPrompt) -> bool:
    return (
        first is not None
        and np.array_equal(first.box_ijk, second.box_ijk)
        and np.array_equal(first.mask_kji, second.mask_kji)
    )
