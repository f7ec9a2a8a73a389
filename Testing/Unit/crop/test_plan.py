from dataclasses import replace

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume
from sammoe.crop import (
    CropPolicy,
    plan_around_bounds,
    plan_around_points,
    plan_next,
    policy_for,
    sees_all,
)
from sammoe.volume import Volume

ZOOM = CropPolicy(size=64, auto_zoom=True, spacing_mm=3.0)
FIXED = CropPolicy(size=128, auto_zoom=False, spacing_mm=1.5)


@pytest.fixture(params=GRIDS.values(), ids=GRIDS)
def volume(request):
    return ellipsoid_volume(request.param)[0]


def test_the_first_look_has_the_policys_spacing_around_the_click(volume):
    crop = plan_around_points(volume, [(20, 10, 5)], ZOOM)
    assert np.allclose(crop.spacing_mm * 64, 192)
    assert np.allclose(crop.points_to_patch([(20, 10, 5)]), 32)


def test_a_region_is_held_with_a_margin_and_bounded_anisotropy(volume):
    bounds = np.array([(5, 5, 10), (45, 25, 14)])
    crop = plan_around_bounds(volume, bounds, ZOOM)
    assert crop.contains(bounds).all()
    assert crop.spacing_mm.max() / crop.spacing_mm.min() <= 3.0 + 1e-9


def test_upstreams_spacing_is_kept_unless_the_object_does_not_fit(volume):
    small = plan_around_bounds(volume, [(5, 5, 10), (45, 25, 14)], FIXED)
    assert np.allclose(small.spacing_mm, 1.5)
    large = plan_around_bounds(volume, [(-200, 0, 0), (300, 30, 30)], FIXED)
    assert large.contains([(-200, 0, 0), (300, 30, 30)]).all()


def test_a_click_inside_keeps_the_crop_and_one_outside_widens_it(volume):
    crop = plan_around_bounds(volume, [(20, 20, 15), (30, 28, 22)], ZOOM)
    bounds = np.array([(20, 20, 15), (30, 28, 22)], float)
    same = plan_next(
        volume, crop, [(25, 24, 18)], object_bounds_ijk=lambda: bounds, policy=ZOOM, fit=False
    )
    assert same is crop
    far = np.array([(25, 24, 18), (55, 47, 39)])
    wider = plan_next(volume, crop, far, object_bounds_ijk=lambda: bounds, policy=ZOOM, fit=False)
    assert wider.contains(far).all()
    assert wider.contains(bounds).all()


def test_where_nothing_is_left_and_nothing_was_clicked_is_no_reason_to_move(volume):
    crop = plan_around_bounds(volume, [(20, 20, 15), (30, 28, 22)], ZOOM)
    for fit in (False, True):
        assert (
            plan_next(volume, crop, [], object_bounds_ijk=lambda: None, policy=ZOOM, fit=fit)
            is crop
        )


def test_a_fitted_crop_is_not_moved_for_a_trifle(volume):
    bounds = np.array([(20, 20, 15), (30, 28, 22)], float)
    crop = plan_around_bounds(volume, bounds, ZOOM)
    again = plan_next(
        volume,
        crop,
        [(25, 24, 18)],
        object_bounds_ijk=lambda: bounds * 1.001,
        policy=ZOOM,
        fit=True,
    )
    assert again is crop


@pytest.mark.parametrize(
    ("voxel_mm", "shape", "width_mm"),
    [
        (1.0, (300, 300, 300), 112.0),
        (1.0, (40, 60, 50), 60.0),  # smaller than the first look: seen as a whole
        (0.01, (128, 128, 128), 1.28),  # micro-CT
        (100.0, (64, 64, 64), 1600.0),  # a map in metres
    ],
)
def test_the_first_look_follows_the_volumes_scale(voxel_mm, shape, width_mm):
    volume = Volume(np.zeros(shape, np.int16), np.diag([voxel_mm] * 3 + [1.0]))
    usual = CropPolicy(size=64, auto_zoom=True, spacing_mm=1.75)
    policy = policy_for(usual, volume)
    assert policy.spacing_mm * policy.size == pytest.approx(width_mm)
    assert policy.min_extent_mm == pytest.approx(20.0 * width_mm / 112.0)
    crop = plan_around_points(volume, np.array(shape[::-1]) / 2, policy)
    assert sees_all(crop, volume) == (width_mm < 112.0)
    fixed = replace(usual, auto_zoom=False)
    assert policy_for(fixed, volume) is fixed
