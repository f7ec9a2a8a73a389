"""A segment that was deleted: everything needed to put it back where it stood."""

import slicer

from .NodeMove import NodeMove
from .Owed import movedOwed
from .SegmentWriter import SegmentWriter


class RemovedSegment:
    """Takes a segment out of its segmentation when made; others have back what it took from them.

    Args:
        writer: Writes its segmentation.
        segmentId: The segment.
    """

    def __init__(self, writer: SegmentWriter, segmentId: str) -> None:
        segmentation = writer.segmentationNode.GetSegmentation()
        self._writer = writer
        self._segmentId = segmentId
        self._index = list(segmentation.GetSegmentIDs()).index(segmentId)
        self._voxels = writer.voxelsOf(segmentId)
        self._owed = writer.owedAround(segmentId)
        self._metadata = slicer.vtkSegment()
        self._metadata.DeepCopyMetadata(segmentation.GetSegment(segmentId))
        self._surface = None if writer.hasVoxels else segmentation.GetSegment(segmentId)
        segmentation.RemoveSegment(segmentId)
        writer.settleRemoved()

    def follow(self, move: NodeMove) -> None:
        """Keep what it held where it was, in other coordinates of the node."""
        self._voxels = move.voxels(self._voxels)
        self._owed = movedOwed(self._owed, move)

    def putBack(self) -> None:
        """Make it again: id, place in the list, name, colour, tags, voxels, also those it took.

        Raises:
            GeometryError: It had voxels, and the segmentation is made of surfaces now.
        """
        segmentation = self._writer.segmentationNode.GetSegmentation()
        if self._surface is not None:  # Slicer makes voxels of it if that is the source now
            segmentation.AddSegment(self._surface, self._segmentId)
            segmentation.SetSegmentIndex(self._segmentId, self._index)
            return
        self._writer.checkHasVoxels()
        segmentation.AddEmptySegment(self._segmentId, self._metadata.GetName())
        segment = segmentation.GetSegment(self._segmentId)
        # The metadata hold the label value, and the old one may be a neighbour's on this layer now.
        self._metadata.SetLabelValue(segment.GetLabelValue())
        segment.DeepCopyMetadata(self._metadata)
        segmentation.SetSegmentIndex(self._segmentId, self._index)
        self._writer.restore(self._segmentId, self._voxels, self._owed)
