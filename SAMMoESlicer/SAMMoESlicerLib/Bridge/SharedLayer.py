"""The labelmap that several segments share: Slicer resamples it as a whole."""

from typing import Any

from sammoe.geometry import Matrix, box_is_empty

from .OrientedImages import boxOf, isOnGrid


def leaveLayerOfAnotherGrid(segmentation: Any, segmentId: str, ijkToNode: Matrix) -> None:
    """Separate a segment where Slicer would resample its whole layer to the new grid.

    Args:
        segmentation: A vtkSegmentation.
        segmentId: The segment that is to be written.
        ijkToNode: (4, 4) from the new grid's IJK to the RAS of the segmentation node.
    """
    layerIndex = segmentation.GetLayerIndex(segmentId)
    # Not IsSharedBinaryLabelmap: in Slicer 5.12 it answers the opposite.
    isShared = len(segmentation.GetSegmentIDsForLayer(layerIndex)) > 1
    layer = segmentation.GetLayerDataObject(layerIndex)
    if isShared and not box_is_empty(boxOf(layer)) and not isOnGrid(layer, ijkToNode):
        segmentation.SeparateSegmentLabelmap(segmentId)
