"""Prompts in the volume's frame: what the engine works with."""

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume, every_grid
from sammoe import PromptSet
from sammoe.engine.prompts_ijk import resolve
from sammoe.geometry import box_corners, transform_points

UP = np.array((0, 0, 6))


def drawn_in_turn(centre_ras):
    """A click, a scribble beside the object, a click, a lasso around it, a click; and a box."""
    prompts = PromptSet(box_ras=[centre_ras - 9, centre_ras + 8]).with_point(centre_ras, 1)
    prompts = prompts.with_curve([centre_ras, centre_ras + UP], 0, closed=False)
    prompts = prompts.with_point(centre_ras + 1, 0)
    ring = centre_ras + np.array([(-6, -6, 0), (6, -6, 0), (6, 6, 0), (-6, 7, 0)])
    return prompts.with_curve(ring, 1, closed=True).with_point(centre_ras - 2, 1)


@every_grid
def test_an_oriented_box_along_the_voxels_is_exact_in_ijk(grid):
    volume, *_ = ellipsoid_volume(grid)
    corners_ijk = box_corners([(3, 4, 5), (20, 15, 12)])
    prompts = PromptSet(box_ras=transform_points(corners_ijk, grid)[::-1])
    resolved = resolve(prompts, volume, maps=True)
    assert np.allclose(resolved.box_ijk, [(3, 4, 5), (20, 15, 12)])


@every_grid
@pytest.mark.parametrize("maps", [True, False], ids=["curves known", "unknown"])
def test_the_first_steps_are_the_same_whatever_came_after_them(grid, maps):
    volume, _, centre_ras = ellipsoid_volume(grid)
    prompts = drawn_in_turn(centre_ras)
    whole = resolve(prompts, volume, maps=maps)
    assert len(whole) == len(whole.step_labels)
    assert whole.first(len(whole)).key == whole.key
    keys = {whole.first(count).key for count in range(len(whole) + 1)}
    assert len(keys) == len(whole) + 1
    assert all(resolve(prompts.first(n), volume, maps=maps).key in keys for n in (1, 3, 5))


def test_known_curves_are_one_step_each_with_clicks_beside():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    resolved = resolve(drawn_in_turn(centre_ras), volume, maps=True)
    assert resolved.step_labels.tolist() == [1, 0, 0, 1, 1]
    assert [curve.closed for curve in resolved.curves] == [False, True]
    assert sorted(set(resolved.point_steps)) == [0, 1, 2, 3, 4]
    assert (resolved.point_labels == resolved.step_labels[resolved.point_steps]).all()
    assert len(resolved.first(2).curves) == 1
    assert len(resolved.object_ijk) == len(resolved.foreground_ijk) + 4
    assert not resolved.curves_as_clicks


def test_unknown_curves_are_clicks_of_one_step_each_in_the_order_of_all():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    prompts = PromptSet().with_point(centre_ras, 1)
    prompts = prompts.with_curve([centre_ras, centre_ras + UP], 0, closed=False)
    prompts = prompts.with_point(centre_ras + 1, 1)
    resolved = resolve(prompts, volume, maps=False)
    assert resolved.point_labels.tolist() == [1, 0, 0, 1]
    assert resolved.point_steps.tolist() == [0, 1, 2, 3]
    in_ras = transform_points(resolved.points_ijk, volume.ijk_to_ras)
    np.testing.assert_allclose(in_ras[[0, 3]], prompts.points_ras)
    assert resolved.curves == ()
    assert resolved.curves_as_clicks
    clicked = PromptSet(in_ras, resolved.point_labels)
    assert not resolve(clicked, volume, maps=False).curves_as_clicks


def test_a_tile_is_led_into_by_one_more_click_without_box_and_mask():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    resolved = resolve(drawn_in_turn(centre_ras), volume, maps=True)
    led = resolved.led_on(np.array([(1.0, 2.0, 3.0)]))
    assert led.box_ijk is None
    assert led.foreground_ijk[-1].tolist() == [1, 2, 3]
    assert len(led.points_ijk) == len(resolved.points_ijk) + 1
    assert led.curves == resolved.curves
