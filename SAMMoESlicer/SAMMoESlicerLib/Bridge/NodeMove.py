"""From the coordinates of a segmentation node before a hardening to those after it."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import slicer
import vtk

from sammoe.geometry import Matrix

from .Matrices import toVtkMatrix
from .SegmentVoxels import SegmentVoxels

Kept = TypeVar("Kept")


class NodeMove:
    """Moves voxels that are kept as Slicer moves those in the node: a warp resamples them.

    Args:
        before: From the node's RAS before to the world, or to whatever else stayed where it was: a
            (4, 4) matrix or a VTK transform.
        now: (4, 4) from the node's RAS now to the same.
    """

    def __init__(self, before: Any, now: Matrix) -> None:
        fromWorld = np.asarray(np.linalg.inv(now), dtype=np.float64)
        isMatrix = isinstance(before, np.ndarray)
        self._matrix: Matrix | None = fromWorld @ before if isMatrix else None
        self._transform = vtk.vtkGeneralTransform()  # what is concatenated last goes first
        self._transform.Concatenate(toVtkMatrix(fromWorld))
        self._transform.Concatenate(toVtkMatrix(before) if isMatrix else before)
        self._moved: dict[int, tuple[Any, Any]] = {}

    def leads(self, was: SegmentVoxels, isNow: SegmentVoxels) -> bool:
        """Say whether this is how one came to lie where it is now, whatever was painted since."""
        if self._matrix is not None:
            return np.allclose(self._matrix @ was.ijkToNode, isNow.ijkToNode, atol=1e-4)
        return self.voxels(was).countOther(isNow) < was.countOther(isNow)

    @property
    def isWarp(self) -> bool:
        """Say whether voxels are resampled."""
        return self._matrix is None

    def voxels(self, voxels: SegmentVoxels) -> SegmentVoxels:
        """Return voxels in the coordinates of now."""
        return voxels if voxels.isEmpty else self.once(voxels, lambda: self._transformed(voxels))

    def _transformed(self, voxels: SegmentVoxels) -> SegmentVoxels:
        image = voxels.toImage()
        slicer.vtkOrientedImageDataResample.TransformOrientedImage(
            image, self._transform, False, False, False
        )
        return SegmentVoxels.ofImage(image)

    def once(self, kept: Kept, move: Callable[[], Kept]) -> Kept:
        """Return what something becomes: one thing, in however many states it is held."""
        if id(kept) not in self._moved:
            self._moved[id(kept)] = kept, move()
        moved: Kept = self._moved[id(kept)][1]
        return moved
