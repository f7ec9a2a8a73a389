"""Scribbles and lassos as maps over a patch, on grids of every kind."""

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume, every_grid
from sammoe import CurvePrompt
from sammoe.crop import make_crop
from sammoe.engine.curve_maps import curve_maps
from sammoe.engine.prompts_ijk import resolve_curve
from sammoe.geometry import transform_points


def a_crop(volume, spacing_mm=(1.5, 2.0, 2.5)):
    centre_ijk = (volume.shape_ijk - 1) / 2
    return make_crop(volume.ijk_to_ras, centre_ijk=centre_ijk, spacing_mm=spacing_mm, size=24)


def in_ras(volume, crop, points_patch):
    return transform_points(crop.points_to_ijk(points_patch), volume.ijk_to_ras)


def maps_of(curves, volume, crop):
    return curve_maps([resolve_curve(curve, volume) for curve in curves], crop)


@every_grid
def test_a_scribble_is_a_line_one_voxel_wide(grid):
    volume, *_ = ellipsoid_volume(grid)
    crop = a_crop(volume)
    line = in_ras(volume, crop, [(3, 4, 5), (9, 4, 5), (9, 10, 5), (9, 10, 40)])
    maps = maps_of([CurvePrompt(line, 0)], volume, crop)
    drawn = np.zeros((24, 24, 24))
    drawn[3:10, 4, 5] = drawn[9, 4:11, 5] = drawn[9, 10, 5:] = 1
    assert maps.shape == (4, 24, 24, 24)
    np.testing.assert_array_equal(maps[1], drawn)
    assert not maps[[0, 2, 3]].any()


@every_grid
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_lasso_is_what_it_holds_on_the_slice_nearest_to_its_plane(grid, axis):
    volume, *_ = ellipsoid_volume(grid)
    crop = a_crop(volume)
    square = np.array([(4.6, 5.6), (10.4, 5.6), (10.4, 12.4), (4.6, 12.4)])
    points_patch = np.insert(square, axis, [7.3, 7.5, 7.3, 7.1], axis=1)
    lasso = CurvePrompt(in_ras(volume, crop, points_patch), 1, closed=True)
    drawn = np.zeros((24, 24, 24))
    drawn[(*map(slice, np.insert((5, 6), axis, 7), np.insert((11, 13), axis, 8)),)] = 1
    maps = maps_of([lasso], volume, crop)
    np.testing.assert_array_equal(maps[2], drawn)
    assert not maps[[0, 1, 3]].any()


def test_a_lasso_that_crosses_itself_holds_every_loop_and_a_tiny_one_its_middle():
    volume, *_ = ellipsoid_volume(GRIDS["aligned"])
    crop = a_crop(volume, 1.0)
    eight = [(2, 2, 6), (12, 12, 6), (12, 2, 6), (2, 12, 6)]
    lasso = CurvePrompt(in_ras(volume, crop, eight), 0, closed=True)
    held = maps_of([lasso], volume, crop)[3, :, :, 6]
    assert held[4, 7] == held[10, 7] == 1
    assert held[7, 3] == held[7, 11] == 0
    tiny = [(5.2, 5.2, 5), (5.3, 5.2, 5), (5.3, 5.3, 5)]
    lasso = CurvePrompt(in_ras(volume, crop, tiny), 1, closed=True)
    maps = maps_of([lasso], volume, crop)
    assert np.argwhere(maps).tolist() == [[2, 5, 5, 5]]


def test_what_is_drawn_outside_the_patch_is_not_seen_in_it():
    volume, *_ = ellipsoid_volume(GRIDS["oblique"])
    crop = a_crop(volume)
    beside = in_ras(volume, crop, [(40, 2, 2), (60, 9, 2), (60, 9, 9)])
    curves = [CurvePrompt(beside), CurvePrompt(beside, closed=True)]
    assert not maps_of(curves, volume, crop).any()
    far = CurvePrompt([beside[0], beside[0] + 1e12])
    assert not maps_of([far], volume, crop).any()
