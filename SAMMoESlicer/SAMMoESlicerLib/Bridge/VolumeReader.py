"""MRML volume node -> `sammoe.Volume`."""

from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from sammoe import Volume
from sammoe.errors import GeometryError
from sammoe.geometry import Matrix

from .Matrices import fromVtkMatrix, nodeToWorld

_DECIMALS = 9
"""Of the matrix, in mm: saving and loading a scene changes the last bits, this does not let them
through, so that a loaded scene has the same grid and replays to the same voxels."""


class VolumeReader:
    """Reads one volume node; the same `Volume` comes back until the node's image or place changes.

    The array is a view of Slicer's voxels, not a copy, and `ijk_to_ras` leads to the world: parent
    transforms are part of it.

    Args:
        volumeNode: A vtkMRMLScalarVolumeNode, or a labelmap.
    """

    def __init__(self, volumeNode: Any) -> None:
        self.volumeNode = volumeNode
        self._image: Any = None
        self._key: tuple | None = None
        self._volume: Volume | None = None

    def read(self) -> Volume:
        """Return the node's voxels (K, J, I) and the matrix from their indices to world RAS mm.

        Raises:
            GeometryError: No voxels, several components, or a place that is no regular grid.
        """
        image = self.volumeNode.GetImageData()
        if image is None or image.GetPointData().GetScalars() is None:
            raise GeometryError("the volume has no voxels; load or select another one")
        ijkToNode = vtk.vtkMatrix4x4()
        self.volumeNode.GetIJKToRASMatrix(ijkToNode)
        ijkToWorld = nodeToWorld(self.volumeNode) @ fromVtkMatrix(ijkToNode) @ _start(image)
        ijkToWorld = np.round(ijkToWorld, _DECIMALS)
        key = (image.GetMTime(), ijkToWorld.tobytes())
        if self._volume is None or image is not self._image or key != self._key:
            self._volume = Volume(_voxelsOf(image), ijkToWorld)
            self._image, self._key = image, key
        return self._volume


def _start(image: vtk.vtkImageData) -> Matrix:
    """Return the matrix from the array's indices to the node's IJK: an extent need not start at 0.

    Cropping and some filters leave such images behind.
    """
    matrix = np.eye(4)
    matrix[:3, 3] = image.GetExtent()[::2]
    return matrix


def _voxelsOf(image: vtk.vtkImageData) -> Any:
    if image.GetNumberOfScalarComponents() != 1:
        raise GeometryError(
            f"the volume has {image.GetNumberOfScalarComponents()} values a voxel (a colour or a "
            "vector image); convert it to one grey value a voxel, e.g. with Vector to Scalar Volume"
        )
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])
