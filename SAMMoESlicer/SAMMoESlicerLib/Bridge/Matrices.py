"""4 x 4 matrices between VTK and numpy, and from a node to the world."""

from typing import Any

import numpy as np
import vtk

from sammoe.errors import GeometryError
from sammoe.geometry import Matrix


def fromVtkMatrix(matrix: vtk.vtkMatrix4x4) -> Matrix:
    """Return a VTK matrix as float64 (4, 4)."""
    return np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])


def toVtkMatrix(matrix: Matrix) -> vtk.vtkMatrix4x4:
    """Return a (4, 4) array as a VTK matrix."""
    vtkMatrix = vtk.vtkMatrix4x4()
    vtkMatrix.DeepCopy(np.asarray(matrix, dtype=float).ravel())
    return vtkMatrix


def isUnderMatrix(node: Any) -> bool:
    """Say whether a (4, 4) matrix leads from a node's own RAS to the world: it is under no warp."""
    transformNode = node.GetParentTransformNode()
    # Asked for the matrix of a warp, Slicer logs an error.
    return transformNode is None or bool(transformNode.IsTransformToWorldLinear())


def nodeToWorld(node: Any) -> Matrix:
    """Return the (4, 4) matrix from a node's own RAS to world RAS, all parent transforms included.

    Raises:
        GeometryError: A parent transform is not linear.
    """
    if not isUnderMatrix(node):
        raise GeometryError(
            f"{node.GetName()} is under a non-linear transform, so its voxels form no regular grid "
            "in the world; harden the transform on it (Transforms module) and try again"
        )
    toWorld = vtk.vtkMatrix4x4()
    transformNode = node.GetParentTransformNode()
    if transformNode is not None:
        transformNode.GetMatrixTransformToWorld(toWorld)
    return fromVtkMatrix(toWorld)
