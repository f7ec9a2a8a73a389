"""A segment's mask on a volume's grid."""

from typing import Any

import numpy as np
import slicer

from sammoe import MaskPrompt, Volume
from sammoe.geometry import (
    array_box,
    box_is_empty,
    intersect_boxes,
)

from .Matrices import nodeToWorld
from .OrientedImages import reachedBox, resampled


class SegmentReader:
    """Reads masks of one segmentation, whatever grid or transform they live on."""

    def __init__(self, segmentationNode: Any) -> None:
        self.segmentationNode = segmentationNode

    def readMask(self, segmentId: str, volume: Volume) -> MaskPrompt | None:
        """Return the segment's voxels on the volume's grid, cut to their box; None where empty.

        A segment on another grid is resampled with the nearest neighbour.

        Raises:
            GeometryError: The segmentation is under a non-linear transform.
        """
        image = slicer.vtkOrientedImageData()
        found = self.segmentationNode.GetBinaryLabelmapRepresentation(segmentId, image)
        if not found or min(image.GetDimensions()) < 1:
            return None
        ijkToNode = np.linalg.inv(nodeToWorld(self.segmentationNode)) @ volume.ijk_to_ras
        box = intersect_boxes(reachedBox(image, ijkToNode), array_box(volume.array_kji.shape))
        if box_is_empty(box):
            return None
        found = MaskPrompt(resampled(image, box, ijkToNode), box).tight
        return None if box_is_empty(found.box_ijk) else found
