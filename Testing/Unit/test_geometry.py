from itertools import product

import numpy as np
import pytest

from grids import every_grid
from sammoe import GeometryError, Volume
from sammoe.geometry import (
    as_affine,
    bounding_box,
    box_corners,
    box_is_empty,
    box_slices_kji,
    intersect_boxes,
    lps_to_ras,
    patch_bounds,
    ras_to_ijk,
    transform_points,
    unite_boxes,
)


@every_grid
def test_a_point_comes_back_from_ras(grid):
    points_ijk = np.array([(0, 0, 0), (3.5, -2, 7), (10, 11, 12)])
    assert np.allclose(ras_to_ijk(transform_points(points_ijk, grid), grid), points_ijk)


def test_lps_flips_the_first_two_axes_of_the_world():
    assert np.array_equal(lps_to_ras(np.eye(4)), np.diag([-1.0, -1, 1, 1]))


@pytest.mark.parametrize(
    ("matrix", "word"),
    [
        (np.eye(3), "4 x 4"),
        (np.full((4, 4), np.nan), "NaN"),
        (np.diag([1.0, 1, 0, 1]), "singular"),
        (np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "singular"),
        (np.diag([1.0, 1, 1, 2]), "last row"),
        ("abc", "numbers"),
    ],
)
def test_a_matrix_that_is_no_place_is_refused_with_a_reason(matrix, word):
    with pytest.raises(GeometryError, match=word):
        as_affine(matrix)


def test_the_bounding_box_cuts_exactly_what_is_true():
    mask = np.zeros((5, 6, 7), bool)
    mask[1:3, 2:5, 6] = True
    box = bounding_box(mask)
    assert box.tolist() == [[6, 2, 1], [7, 5, 3]]
    assert mask[box_slices_kji(box)].all()
    assert box_is_empty(bounding_box(np.zeros((2, 2, 2), bool)))


def test_a_patch_is_bounded_in_the_order_of_its_own_axes():
    mask = np.zeros((5, 6, 7), bool)
    mask[1:3, 2:5, 6] = True
    assert patch_bounds(mask).tolist() == [[1, 2, 6], [3, 5, 7]]


def test_a_box_has_eight_corners_and_a_rectangle_four():
    corners = box_corners([(0, 1, 2), (3, 4, 5)])
    assert {tuple(corner) for corner in corners} == set(product((0, 3), (1, 4), (2, 5)))
    assert len(corners) == 8
    assert sorted(box_corners([(0, 1), (3, 4)]).tolist()) == [[0, 1], [0, 4], [3, 1], [3, 4]]


def test_boxes_unite_and_intersect():
    a, b = np.array([(0, 0, 0), (4, 4, 4)]), np.array([(2, 2, 5), (6, 6, 7)])
    assert unite_boxes(a, b).tolist() == [[0, 0, 0], [6, 6, 7]]
    assert box_is_empty(intersect_boxes(a, b))
    assert unite_boxes(a, np.zeros((2, 3), int)).tolist() == a.tolist()


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.zeros((2, 3, 4, 5)), "three axes"),
        (np.zeros((4, 5)), "three axes"),
        (np.zeros((0, 3, 3)), "empty"),
        (np.zeros((2, 2, 2), complex), "integers or floats"),
        (np.full((2, 2, 2), np.nan), "no finite voxel"),
    ],
)
def test_an_array_that_is_no_volume_is_refused_with_a_reason(array, word):
    with pytest.raises(GeometryError, match=word):
        Volume(array, np.eye(4))


def test_the_content_hash_sees_voxels_type_and_matrix():
    array = np.arange(8).reshape(2, 2, 2)
    base = Volume(array, np.eye(4)).content_hash
    assert Volume(array.copy(), np.eye(4)).content_hash == base
    assert Volume(array[::-1], np.eye(4)).content_hash != base
    assert Volume(array.astype(float), np.eye(4)).content_hash != base
    assert Volume(array, np.diag([1.0, 1, 2, 1])).content_hash != base
