"""Closed surfaces that are made again later: voxels change at once, what is in 3-D need not.

Slicer makes the surface within every writing, which takes five times as long as the writing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import slicer

from .OneEvent import oneEvent

CLOSED_SURFACE = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()


class LateSurfaces:
    """Keeps the old surface of a segment in the 3-D views until `rebuild`.

    Args:
        segmentationNode: Whose segments.
    """

    def __init__(self, segmentationNode: Any) -> None:
        self._node = segmentationNode
        self._stale: set[str] = set()

    @property
    def areStale(self) -> bool:
        """Say whether a surface shows what its segment was before."""
        return bool(self._stale)

    @contextmanager
    def keeping(self, segmentId: str) -> Iterator[None]:
        """Leave a segment's surface as it is while its voxels are written."""
        segment = self._node.GetSegmentation().GetSegment(segmentId)
        surface = None if segment is None else segment.GetRepresentation(CLOSED_SURFACE)
        if surface is None:
            yield
            return
        segment.RemoveRepresentation(CLOSED_SURFACE)
        try:
            yield
        finally:
            segment.AddRepresentation(CLOSED_SURFACE, surface)
            self._stale.add(segmentId)

    def rebuild(self) -> None:
        """Make the surfaces again of what was written since the last time."""
        stale, self._stale = self._stale, set()
        segmentation = self._node.GetSegmentation()
        segments = [segmentation.GetSegment(id) for id in stale]
        present = [segment for segment in segments if segment is not None]
        with oneEvent(self._node):
            for segment in present:
                segment.RemoveRepresentation(CLOSED_SURFACE)
            if present:
                segmentation.CreateRepresentation(CLOSED_SURFACE)
