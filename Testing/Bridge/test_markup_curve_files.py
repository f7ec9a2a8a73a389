"""Slicer's own curves, saved by Slicer, are read as Slicer draws them."""

import numpy as np
import pytest
from vtk.util.numpy_support import vtk_to_numpy

from sammoe.image_io import read_curves


@pytest.mark.parametrize("count", [3, 4, 9])
@pytest.mark.parametrize("kind", ["Curve", "ClosedCurve"])
def test_a_saved_curve_is_read_as_slicer_draws_it(slicerScene, tmp_path, kind, count):
    node = slicerScene.add(f"vtkMRMLMarkups{kind}Node")
    for point in np.random.default_rng(count).normal(size=(count, 3)) * 30:
        node.AddControlPointWorld(*point)
    storage = slicerScene.add("vtkMRMLMarkupsJsonStorageNode")
    storage.SetFileName(str(tmp_path / "drawn.mrk.json"))
    assert storage.WriteData(node)
    (curve,) = read_curves(tmp_path / "drawn.mrk.json")
    drawn = vtk_to_numpy(node.GetCurvePointsWorld().GetData())
    assert curve.closed == (kind == "ClosedCurve")
    np.testing.assert_allclose(curve.points_ras, drawn[: len(curve.points_ras)], atol=1e-4)
    assert len(drawn) - len(curve.points_ras) == curve.closed
