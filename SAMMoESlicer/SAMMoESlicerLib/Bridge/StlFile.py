"""A surface as an STL file."""

from pathlib import Path
from typing import Any

import numpy as np
import vtk

from sammoe.errors import SAMMoEError

from .Matrices import toVtkMatrix

_HEADER = "3D Slicer output. SPACE=LPS"
"""Tells Slicer which frame it is, as its own files do."""
_HEADER_BYTES, _TRIANGLE_BYTES = 84, 50


def writeStl(surface_ras: Any, path: Path) -> None:
    """Write a surface as binary STL in LPS millimetres, as other programs read it.

    Args:
        surface_ras: A vtkPolyData, RAS mm.
        path: The file.

    Raises:
        SAMMoEError: There is no surface, or it could not be written as a whole.
    """
    if not surface_ras.GetNumberOfPolys():
        raise SAMMoEError(f"{path.name} was not written: the segment has no surface")
    toLps = vtk.vtkTransform()
    toLps.SetMatrix(toVtkMatrix(np.diag([-1.0, -1.0, 1.0, 1.0])))
    turned = vtk.vtkTransformPolyDataFilter()
    turned.SetInputData(surface_ras)
    turned.SetTransform(toLps)
    triangles = vtk.vtkTriangleFilter()
    triangles.SetInputConnection(turned.GetOutputPort())
    writer = vtk.vtkSTLWriter()
    writer.SetInputConnection(triangles.GetOutputPort())
    writer.SetFileTypeToBinary()
    writer.SetHeader(_HEADER)
    writer.SetFileName(str(path))
    writer.Write()
    size = _HEADER_BYTES + _TRIANGLE_BYTES * triangles.GetOutput().GetNumberOfPolys()
    if not path.exists() or path.stat().st_size != size:
        raise SAMMoEError(f"{path.name} was not written as a whole; is there space on the disk?")
