"""numpy masks <-> vtkOrientedImageData, cut to a box and placed by a matrix."""

from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from sammoe.geometry import BoxIJK, Matrix, box_corners, transform_points

from .Matrices import fromVtkMatrix, toVtkMatrix


def toOrientedImage(mask_kji: NDArray[np.bool_], box_ijk: BoxIJK, ijkToNode: Matrix) -> Any:
    """Return an image that holds a mask (k, j, i) inside the box of the grid `ijkToNode`."""
    image = slicer.vtkOrientedImageData()
    image.SetExtent(*_extent(box_ijk))
    voxels = np.ascontiguousarray(mask_kji, dtype=np.uint8).ravel()
    image.GetPointData().SetScalars(
        numpy_to_vtk(voxels, deep=True, array_type=vtk.VTK_UNSIGNED_CHAR)
    )
    image.SetImageToWorldMatrix(toVtkMatrix(ijkToNode))
    return image


def withoutVoxel(ijkToNode: Matrix) -> Any:
    """Return an image without a true voxel; two voxels an axis, or the surface filter complains."""
    box = np.array([(0, 0, 0), (2, 2, 2)], dtype=np.int64)
    return toOrientedImage(np.zeros((2, 2, 2), dtype=bool), box, ijkToNode)


def maskOf(image: Any) -> NDArray[np.bool_]:
    """Return the non-zero voxels (k, j, i) of an image, its extent only; empty where it is."""
    dimensions = image.GetDimensions()
    scalars = image.GetPointData().GetScalars()
    if scalars is None or min(dimensions) < 1:
        return np.zeros((0, 0, 0), dtype=bool)
    return vtk_to_numpy(scalars).reshape(dimensions[::-1]) != 0


def boxOf(image: Any) -> BoxIJK:
    """Return an image's extent as a half-open box (2, 3)."""
    extent = np.reshape(image.GetExtent(), (3, 2)).astype(np.int64)
    return np.stack([extent[:, 0], extent[:, 1] + 1])


def gridOf(image: Any) -> Matrix:
    """Return the (4, 4) matrix from an image's IJK to the RAS of the node that owns it."""
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    return fromVtkMatrix(matrix)


def isOnGrid(image: Any, ijkToNode: Matrix) -> bool:
    """Say whether the image's voxels are voxels of the grid `ijkToNode`, to 1e-4 of a voxel."""
    return bool(np.allclose(np.linalg.inv(ijkToNode) @ gridOf(image), np.eye(4), atol=1e-4))


def reachedBox(image: Any, ijkToNode: Matrix) -> BoxIJK:
    """Return the box of the grid `ijkToNode` that holds every voxel centre inside the image."""
    outer = np.reshape(image.GetExtent(), (3, 2)) + np.array([-0.5, 0.5])
    corners_ijk = transform_points(box_corners(outer.T), np.linalg.inv(ijkToNode) @ gridOf(image))
    start, last = np.ceil(corners_ijk.min(axis=0)), np.floor(corners_ijk.max(axis=0))
    return np.stack([start, np.maximum(last + 1, start)]).astype(np.int64)


def resampled(image: Any, box_ijk: BoxIJK, ijkToNode: Matrix) -> NDArray[np.bool_]:
    """Return an image as a mask (k, j, i) of a box of another grid, nearest neighbour."""
    reference = slicer.vtkOrientedImageData()
    reference.SetExtent(*_extent(box_ijk))
    reference.SetImageToWorldMatrix(toVtkMatrix(ijkToNode))
    result = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
        image, reference, result
    )
    return maskOf(result)


def _extent(box_ijk: BoxIJK) -> list[int]:
    start, stop = box_ijk.tolist()
    return [value for axis in range(3) for value in (start[axis], stop[axis] - 1)]
