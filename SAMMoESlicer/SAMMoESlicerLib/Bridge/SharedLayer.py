"""The labelmap that several segments share: Slicer resamples it as a whole."""

from typing import Any

import numpy as np
import slicer

from sammoe.geometry import Matrix, box_is_empty

from .OrientedImages import boxOf, gridOf, isOnGrid, maskOf, toOrientedImage

_LABELMAP = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()


def layerGrid(segmentation: Any, segmentId: str) -> Matrix | None:
    """Return the (4, 4) matrix from the IJK of a segment's layer to the RAS of the node, or None.

    A segment that is emptied stays on it: when Slicer saves, it resamples all layers to the grid
    of the first one, and a grid made up for nothing would coarsen everybody's masks. None where no
    segment of the layer ever had a voxel.
    """
    layer = segmentation.GetLayerDataObject(segmentation.GetLayerIndex(segmentId))
    return None if box_is_empty(boxOf(layer)) else gridOf(layer)


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


def shareEmptyLayer(segmentation: Any) -> None:
    """Where no segment has a voxel any more, let all share a layer without extent, as new ones do.

    Slicer 5.12 crashes when it opens a segmentation that was saved as nothing but zeros and has no
    volume's grid, and resamples what is written later to the grid that the zeros have.
    """
    if segmentation.GetSourceRepresentationName() != _LABELMAP:
        return
    layers = [segmentation.GetLayerDataObject(n) for n in range(segmentation.GetNumberOfLayers())]
    if all(box_is_empty(boxOf(layer)) for layer in layers):
        return
    if any(maskOf(layer).any() for layer in layers):
        return
    none = np.zeros((0, 0, 0), dtype=bool)
    empty = toOrientedImage(none, np.zeros((2, 3), dtype=np.int64), np.eye(4))
    for label, segmentId in enumerate(segmentation.GetSegmentIDs(), start=1):
        segment = segmentation.GetSegment(segmentId)
        segment.AddRepresentation(_LABELMAP, empty)
        segment.SetLabelValue(label)
