"""`sammoe.Volume` -> MRML volume node."""

from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from sammoe import Volume

from .Matrices import toVtkMatrix


def addVolumeNode(scene: Any, volume: Volume, name: str) -> Any:
    """Add a scalar volume node with these voxels at this place and return it."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    image = vtk.vtkImageData()
    image.SetDimensions(*volume.shape_ijk.tolist())
    voxels = np.ascontiguousarray(volume.array_kji).ravel()
    image.GetPointData().SetScalars(numpy_to_vtk(voxels, deep=True))
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(toVtkMatrix(volume.ijk_to_ras))
    node.CreateDefaultDisplayNodes()
    return node
