"""The segments the user marked 'Completed' in Slicer's table: nothing may write into them."""

from collections.abc import Collection, Iterator
from typing import Any

import slicer

_Logic = slicer.vtkSlicerSegmentationsModuleLogic


class CompletedSegments(Collection[str]):
    """A live view: always what the segmentation says now.

    Args:
        segmentationNode: A vtkMRMLSegmentationNode.
    """

    def __init__(self, segmentationNode: Any) -> None:
        self._segmentation = segmentationNode.GetSegmentation()

    def __contains__(self, segmentId: object) -> bool:
        segment = self._segmentation.GetSegment(segmentId)
        return segment is not None and _Logic.GetSegmentStatus(segment) == _Logic.Completed

    def __iter__(self) -> Iterator[str]:
        return (id for id in self._segmentation.GetSegmentIDs() if id in self)

    def __len__(self) -> int:
        return sum(1 for _id in self)
