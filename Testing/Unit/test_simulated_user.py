"""The exact user of evaluations clicks where a person would, and draws boxes nearly as well."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grids import affine, rotation
from sammoe.geometry import bounding_box, transform_points
from sammoe.overlap import dice
from sammoe.simulated_user import (
    earlier_mask,
    jittered_box,
    most_interior_voxel,
    next_click,
    some_inner_voxel,
)
from sammoe.volume import Volume


def ball(centre, radius, size=16):
    grid = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), -1)
    return ((grid - np.array(centre)) ** 2).sum(-1) <= radius**2


def test_the_first_click_is_the_middle_of_a_ball():
    assert most_interior_voxel(ball((7, 5, 9), 4)).tolist() == [7, 5, 9]


def test_who_is_not_exact_clicks_nearly_as_deep_and_not_always_in_the_same_place():
    plate = np.zeros((9, 30, 30), bool)
    plate[2:7, 3:28, 3:28] = True
    places = np.array(
        [some_inner_voxel(plate, seed, spacing=(4.0, 1.0, 1.0)) for seed in range(40)]
    )
    assert len(np.unique(places, axis=0)) > 20
    edges = np.minimum(places[:, 1:] - 2, 28 - places[:, 1:]).min(axis=1)
    depth_mm = np.minimum(edges, 4.0 * np.minimum(places[:, 0] - 1, 7 - places[:, 0]))
    assert (depth_mm >= 9).all()  # of 12 at most
    np.testing.assert_array_equal(some_inner_voxel(plate, 3), some_inner_voxel(plate, 3))


def test_depth_is_measured_in_millimetres_where_the_spacing_is_given():
    plate = np.zeros((9, 21, 21), bool)
    plate[3:6, 1:20, 1:20] = True
    plate[3:6, :, :3] = False
    where = most_interior_voxel(plate, spacing=(20.0, 1.0, 1.0))
    assert abs(where[1] - 10) <= 1
    assert abs(where[2] - 11) <= 1


def test_the_next_click_is_positive_in_the_missed_part_and_negative_in_the_extra_part():
    target, missed, extra = ball((8, 8, 4), 3), ball((8, 8, 12), 3), ball((3, 3, 3), 2)
    where, label = next_click(target | missed, target | extra)
    assert (where.tolist(), label) == ([8, 8, 12], 1)
    where, label = next_click(target, target | missed)
    assert (where.tolist(), label) == ([8, 8, 12], 0)


def test_nothing_is_clicked_when_nothing_is_wrong():
    assert next_click(ball((8, 8, 8), 4), ball((8, 8, 8), 4)) is None


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_an_exact_click_always_lies_in_an_error_of_its_sign(seed):
    rng = np.random.default_rng(seed)
    target, shown = ball(rng.uniform(4, 11, 3), 4), ball(rng.uniform(4, 11, 3), 4)
    click = next_click(target, shown)
    if click is None:
        assert (target == shown).all()
        return
    where, label = click
    assert target[tuple(where)] == (label == 1)
    assert target[tuple(where)] != shown[tuple(where)]


def test_a_box_is_drawn_around_an_oblique_object_with_errors_of_millimetres():
    matrix = affine(rotation(25, (1, 2, 0.5)), (0.9, 1.1, 2.0), (5, -60, 12))
    mask = ball((8, 7, 9), 4)
    volume = Volume(mask.astype(np.int16), matrix)
    faces = bounding_box(mask).astype(float) - 0.5
    corners = transform_points(list(product(*faces.T)), matrix)
    exact = np.stack([corners.min(axis=0), corners.max(axis=0)])
    errors = np.concatenate([jittered_box(volume, mask, seed) - exact for seed in range(60)])
    assert abs(errors.mean()) < 1.5
    assert 3.5 < errors.std() < 6.0
    for seed in range(60):
        low, high = jittered_box(volume, mask, seed)
        assert (high - low >= 2.0 - 1e-9).all()
    assert np.array_equal(jittered_box(volume, mask, 3), jittered_box(volume, mask, 3))


@pytest.mark.parametrize("seed", range(6))
def test_an_earlier_mask_is_the_object_with_errors_at_its_border(seed):
    target = ball((20, 20, 20), 8, size=40)
    earlier = earlier_mask(target, seed=seed)
    assert 0.4 < dice(earlier, target) < 1.0
    wrong = np.argwhere(earlier != target)
    away = np.linalg.norm(wrong - 20, axis=1)
    assert abs(away - 8).max() <= 0.6 * target.sum() ** (1 / 3) + 1
    np.testing.assert_array_equal(earlier, earlier_mask(target, seed=seed))


def test_errors_of_an_earlier_mask_are_balls_in_millimetres():
    target = np.zeros((12, 60, 60), bool)
    target[3:9, 15:45, 15:45] = True
    extra = [earlier_mask(target, spacing=(5.0, 1.0, 1.0), seed=seed) & ~target
             for seed in range(8)]  # fmt: skip
    reach = np.max([np.ptp(np.argwhere(e), axis=0) for e in extra if e.any()], axis=0)
    assert reach[0] * 5 <= reach[1:].max() + 15
