"""The clicks that stand for scribbles and lassos."""

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume, every_grid
from sammoe import CurvePrompt
from sammoe.engine.curve_clicks import ALONE, ClickCounts, curve_clicks


@every_grid
def test_a_scribbles_clicks_are_evenly_along_it_from_the_middle_outwards(grid):
    volume, _, centre_ras = ellipsoid_volume(grid)
    step = np.array((1.0, 0.5, -0.2))
    line = centre_ras + np.linspace(-12, 12, 7)[:, None] * step
    clicks = curve_clicks(CurvePrompt(line), volume, ClickCounts(scribble=4, lasso=1))
    along = (clicks - centre_ras) @ step / (step @ step)
    assert np.sort(along) == pytest.approx([-9, -3, 3, 9], abs=0.2)
    assert np.abs(along).tolist() == sorted(np.abs(along))
    np.testing.assert_allclose(clicks, centre_ras + along[:, None] * step, atol=1e-9)


def test_a_short_scribble_is_fewer_clicks_and_a_dot_is_one():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    short = CurvePrompt([centre_ras, centre_ras + np.array((0, 0, 6))])
    assert len(curve_clicks(short, volume, ALONE)) == 2
    dot = CurvePrompt([centre_ras])
    np.testing.assert_array_equal(curve_clicks(dot, volume, ALONE), [centre_ras])


@every_grid
def test_a_lassos_clicks_lie_inside_and_begin_with_the_deepest(grid):
    volume, _, centre_ras = ellipsoid_volume(grid)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    across, up = np.array((0.8, 0.6, 0)), np.array((0, 0, 1.0))
    ring = centre_ras + 10 * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * up)
    clicks = curve_clicks(CurvePrompt(ring, closed=True), volume, ALONE)
    away = np.linalg.norm(clicks - centre_ras, axis=1)
    assert away[0] < 1
    assert (away < 9.5).all()
    assert 8 <= len(clicks) <= 16
    apart = np.linalg.norm(clicks[:, None] - clicks, axis=2) + 100 * np.eye(len(clicks))
    assert apart.min() >= 3 * volume.spacing_mm.min()


def test_a_lasso_around_a_bay_is_clicked_inside_it_not_in_the_bay():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    u = [(-8, -8, 0), (8, -8, 0), (8, 8, 0), (4, 8, 0), (4, -4, 0), (-4, -4, 0), (-4, 8, 0)]
    lasso = CurvePrompt(centre_ras + np.array([*u, (-8, 8, 0)]), closed=True)
    (click,) = curve_clicks(lasso, volume, ClickCounts(scribble=4, lasso=1)) - centre_ras
    assert abs(click[0]) > 4 or click[1] < -4


def test_no_click_of_a_curve_lies_outside_the_volume():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    over_the_edge = [
        centre_ras,
        centre_ras + np.array((200, 0, 0)),
        centre_ras + np.array((200, 200, 0)),
    ]
    for closed in (False, True):
        clicks = curve_clicks(CurvePrompt(over_the_edge, closed=closed), volume, ALONE)
        assert len(clicks) > 1
        assert volume.contains(volume.points_ijk(clicks)).all()
