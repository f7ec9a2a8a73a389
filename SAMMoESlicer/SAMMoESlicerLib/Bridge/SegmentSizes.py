"""How large every segment of a segmentation is: counted a bit at a time, and only what changed."""

from collections import deque
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from .OrientedImages import gridOf

SLAB_VOXELS = 1 << 19
"""Counted in one `poll`: some milliseconds."""

_LABELMAP = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()


class _Layer:
    """Counts the label values of a label map that segments share, slab by slab.

    Attributes:
        counts: How many voxels have each value; None while they are not all counted.
    """

    def __init__(self, image: Any) -> None:
        self.image = image
        self.counts: NDArray[np.int64] | None = None
        self._begin()

    @property
    def isCurrent(self) -> bool:
        """Say whether the image is as it was when the counting began."""
        return self._time == self.image.GetMTime()

    def goOn(self, voxels: int) -> bool:
        """Count so many voxels more; says whether all are counted now."""
        if not self.isCurrent:
            self._begin()
        scalars = self.image.GetPointData().GetScalars()
        if scalars is not None and self._done < scalars.GetNumberOfTuples():
            slab = vtk_to_numpy(scalars)[self._done : self._done + voxels]
            self._done += len(slab)
            isUnsigned = slab.dtype.kind == "u"
            self._add(np.bincount(slab if isUnsigned else np.maximum(slab, 0).astype(np.intp)))
            if self._done < scalars.GetNumberOfTuples():
                return False
        self.counts = self._sum
        return True

    def ml(self, label: int) -> float | None:
        """Return the size of a label value in millilitres; None while it is not counted."""
        if self.counts is None:
            return None
        count = int(self.counts[label]) if label < len(self.counts) else 0
        return count * abs(float(np.linalg.det(gridOf(self.image)[:3, :3]))) / 1e3

    def _begin(self) -> None:
        self._time = self.image.GetMTime()
        self._done = 0
        self._sum: NDArray[np.int64] = np.zeros(1, dtype=np.int64)

    def _add(self, counts: NDArray[np.intp]) -> None:
        if len(counts) > len(self._sum):
            self._sum = np.pad(self._sum, (0, len(counts) - len(self._sum)))
        self._sum[: len(counts)] += counts


class SegmentSizes:
    """Follows one segmentation; a layer that did not change is not counted again.

    Args:
        slabVoxels: How many voxels are counted in one `poll`.
    """

    def __init__(self, *, slabVoxels: int = SLAB_VOXELS) -> None:
        self._slabVoxels = slabVoxels
        self._node: Any = None
        self._tag: int | None = None
        self._hasChanged = False
        self._layers: dict[str, _Layer] = {}
        self._waiting: deque[_Layer] = deque()

    def follow(self, segmentationNode: Any) -> None:
        """Be about a segmentation, or about none."""
        if self._node is not None:
            self._node.RemoveObserver(self._tag)
        self._node = segmentationNode
        self._layers.clear()
        self._waiting.clear()
        self._hasChanged = segmentationNode is not None
        if segmentationNode is not None:
            self._tag = segmentationNode.AddObserver(
                vtk.vtkCommand.AnyEvent, lambda *_: self._onChanged()
            )

    def poll(self) -> bool:
        """Go on counting; says whether a size may be another one than before."""
        if self._hasChanged:
            self._hasChanged = False
            self._lookAtLayers()
            return True
        if self._waiting and self._waiting[0].goOn(self._slabVoxels):
            self._waiting.popleft()
            return True
        return False

    @property
    def isCounting(self) -> bool:
        """Say whether there is something left to count."""
        return self._hasChanged or bool(self._waiting)

    def ml(self, segmentId: str) -> float | None:
        """Return a segment's size in millilitres; None while it is unknown, or is made of surfaces.

        While a layer is counted anew it is the size from before.
        """
        segment = self._node.GetSegmentation().GetSegment(segmentId) if self._node else None
        if segment is None:
            return None
        image = segment.GetRepresentation(_LABELMAP)
        layer = self._layers.get(_keyOf(image)) if image is not None else None
        return None if layer is None else layer.ml(segment.GetLabelValue())

    def _onChanged(self) -> None:
        self._hasChanged = True

    def _lookAtLayers(self) -> None:
        """Find the label maps there are now, and let those be counted that changed."""
        segmentation = self._node.GetSegmentation()
        segments = (segmentation.GetSegment(id) for id in segmentation.GetSegmentIDs())
        images = (segment.GetRepresentation(_LABELMAP) for segment in segments)
        found = {_keyOf(image): image for image in images if image is not None}
        known = self._layers
        self._layers = {key: known.get(key) or _Layer(image) for key, image in found.items()}
        self._waiting = deque(
            layer for layer in self._layers.values() if layer.counts is None or not layer.isCurrent
        )


def _keyOf(image: Any) -> str:
    """Return what tells a label map that is alive from every other."""
    return str(image.GetAddressAsString(image.GetClassName()))
