import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grids import GRIDS, ellipsoid_volume, every_grid
from sammoe import Volume
from sammoe.crop import extract_patch, honour_clicks, make_crop, paste, transfer, voxel_grid
from sammoe.crop.crop import patch_axes
from sammoe.geometry import box_slices_kji, transform_points


def own_spacing(volume):
    axes, _ = patch_axes(volume.ijk_to_ras)
    return volume.spacing_mm[list(axes)]


@every_grid
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32, np.float64, np.int64])
def test_paste_undoes_extract_at_the_volumes_own_spacing(grid, dtype):
    values = np.random.default_rng(0).integers(0, 200, (9, 11, 13)).astype(dtype)
    volume = Volume(values, grid)
    crop = make_crop(grid, centre_ijk=(6, 5, 2), spacing_mm=own_spacing(volume), size=8)
    pasted, box = paste(extract_patch(volume, crop, fill=0), crop, volume.shape_ijk)
    assert box[1].min() > 0
    assert np.abs(pasted - values[box_slices_kji(box)].astype(float)).max() < 1e-4


@every_grid
def test_patch_axes_run_towards_right_anterior_superior(grid):
    crop = make_crop(grid, centre_ijk=(5, 5, 5), spacing_mm=1.0, size=8)
    ends_ijk = crop.points_to_ijk(np.vstack([np.zeros(3), np.eye(3)]))
    steps_ras = np.diff(transform_points(ends_ijk, grid)[[0, 1]], axis=0)[0]
    assert np.argmax(np.abs(steps_ras)) == 0
    for n in range(3):
        step = transform_points(ends_ijk[[0, n + 1]], grid)
        assert (step[1] - step[0])[n] > 0
        assert np.linalg.norm(step[1] - step[0]) == pytest.approx(1.0)


@every_grid
def test_a_bright_voxel_is_found_where_the_crop_says(grid):
    values = np.zeros((12, 12, 12), np.float32)
    values[7, 4, 6] = 1
    volume = Volume(values, grid)
    crop = make_crop(grid, centre_ijk=(5, 5, 6), spacing_mm=own_spacing(volume), size=8)
    patch = extract_patch(volume, crop, fill=0)
    at = np.round(crop.points_to_patch([(6, 4, 7)])[0]).astype(int)
    assert patch[tuple(at)] == 1
    assert patch.sum() == 1


@settings(max_examples=30, deadline=None)
@given(
    name=st.sampled_from(sorted(GRIDS)),
    centre=st.tuples(*[st.floats(-3, 15)] * 3),
    spacing=st.tuples(*[st.floats(0.5, 4)] * 3),
)
def test_positions_come_back_from_the_patch(name, centre, spacing):
    crop = make_crop(GRIDS[name], centre_ijk=centre, spacing_mm=spacing, size=8)
    points = np.array([(0, 0, 0), (1.5, 7, -2)])
    assert np.allclose(crop.points_to_patch(crop.points_to_ijk(points)), points)


def test_outside_the_volume_a_patch_holds_the_fill_value():
    volume = Volume(np.full((4, 4, 4), 7, np.int16), np.eye(4))
    far = make_crop(np.eye(4), centre_ijk=(100, 0, 0), spacing_mm=1.0, size=8)
    assert (extract_patch(volume, far, fill=-3) == -3).all()
    half = make_crop(np.eye(4), centre_ijk=(0, 2, 2), spacing_mm=1.0, size=8)
    patch = extract_patch(volume, half, fill=-3)
    assert set(np.unique(patch)) == {-3, 7}
    assert (patch[:4] == -3).all()


def test_the_fill_value_may_lie_outside_the_volumes_type():
    volume = Volume(np.full((4, 4, 4), 7, np.uint8), np.eye(4))
    crop = make_crop(np.eye(4), centre_ijk=(0, 0, 0), spacing_mm=1.0, size=8)
    assert extract_patch(volume, crop, fill=-160.5).min() == -160.5


def test_nan_voxels_become_the_fill_value():
    values = np.ones((6, 6, 6), np.float32)
    values[2, 2, 2] = np.nan
    crop = make_crop(np.eye(4), centre_ijk=(3, 3, 3), spacing_mm=1.0, size=6)
    patch = extract_patch(Volume(values, np.eye(4)), crop, fill=-5)
    assert np.isfinite(patch).all()
    assert patch[2, 2, 2] == -5


def test_a_single_slice_fills_the_patch_across_half_its_thickness():
    volume = Volume(np.full((1, 20, 20), 50, np.int16), np.diag([1.0, 1, 5, 1]))
    crop = make_crop(volume.ijk_to_ras, centre_ijk=(10, 10, 0), spacing_mm=1.0, size=8)
    patch = extract_patch(volume, crop, fill=0)
    assert (patch[:, :, 2:7] == 50).all()
    assert (patch[:, :, 0] == 0).all()


def test_a_coarse_patch_averages_what_it_covers():
    values = np.indices((16, 16, 16)).sum(axis=0) % 2 * 100.0
    volume = Volume(values, np.eye(4))
    crop = make_crop(np.eye(4), centre_ijk=(7.5, 7.5, 7.5), spacing_mm=4.0, size=4)
    inner = extract_patch(volume, crop, fill=0, antialias=True)[1:, 1:, 1:]
    assert np.allclose(inner[:2, :2, :2], 50)


def test_coarse_logits_are_spread_over_the_whole_patch():
    crop = make_crop(np.eye(4), centre_ijk=(8, 8, 8), spacing_mm=1.0, size=16)
    coarse = np.zeros((8, 8, 8), np.float32)
    coarse[2, 3, 4] = 1
    pasted, box = paste(coarse, crop, (16, 16, 16))
    k, j, i = np.unravel_index(np.argmax(pasted), pasted.shape)
    assert box.tolist() == [[0, 0, 0], [16, 16, 16]]
    assert {i, j, k} <= {4, 5, 6, 7, 8, 9}
    assert pasted[8:10, 6:8, 4:6].min() == pytest.approx(0.75**3)


def test_paste_within_a_box_is_a_part_of_the_whole():
    volume, _, _ = ellipsoid_volume(GRIDS["oblique"])
    crop = make_crop(volume.ijk_to_ras, centre_ijk=(25, 20, 18), spacing_mm=1.7, size=16)
    logits = np.random.default_rng(1).normal(size=(8, 8, 8)).astype(np.float32)
    whole, whole_box = paste(logits, crop, volume.shape_ijk)
    within = np.array([(20, 15, 15), (28, 24, 21)])
    part, box = paste(logits, crop, volume.shape_ijk, within=within)
    assert np.allclose(part, whole[box_slices_kji(box - whole_box[0])])


def test_transfer_to_the_same_crop_changes_nothing_and_elsewhere_says_outside():
    crop = make_crop(np.eye(4), centre_ijk=(8, 8, 8), spacing_mm=1.0, size=16)
    far = make_crop(np.eye(4), centre_ijk=(100, 8, 8), spacing_mm=1.0, size=16)
    values = np.random.default_rng(2).normal(size=(8, 8, 8)).astype(np.float32)
    assert np.allclose(transfer(values, crop, crop, shape=(8, 8, 8), outside=-8), values, atol=1e-6)
    assert (transfer(values, crop, far, shape=(8, 8, 8), outside=-8) == -8).all()


@every_grid
def test_a_voxel_grid_has_the_volumes_own_voxels_where_the_patch_is_finer(grid):
    values = np.random.default_rng(3).normal(size=(9, 11, 13)).astype(np.float32)
    volume = Volume(values, grid)
    finest_mm = float(volume.spacing_mm.min())
    crop = make_crop(grid, centre_ijk=(6, 5, 4), spacing_mm=finest_mm / 2, size=12)
    own = voxel_grid(crop, volume, finest=1.6)
    assert np.allclose(np.abs(own.step), 1)
    assert np.allclose(own.spacing_mm, own_spacing(volume))
    pasted, box = paste(extract_patch(volume, own, fill=0), own, volume.shape_ijk)
    assert np.allclose(pasted, values[box_slices_kji(box)], atol=1e-5)
    assert np.array_equal(box, crop.box_ijk(volume.shape_ijk))


def test_a_voxel_grid_is_decided_axis_by_axis():
    volume = Volume(np.zeros((9, 20, 40), np.float32), np.diag([0.5, 1.0, 4.0, 1.0]))
    crop = make_crop(volume.ijk_to_ras, centre_ijk=(20, 10, 4), spacing_mm=1.5, size=8)
    grid = voxel_grid(crop, volume, finest=1.6)
    assert np.allclose(grid.spacing_mm, (1.5, 1.0, 4.0))
    assert grid.size == (8, 12, 3)
    assert grid.origin_ijk[0] == crop.origin_ijk[0]


def test_clicks_are_honoured_in_their_voxel_and_the_later_wins():
    values = np.full((5, 5, 5), -1, np.float32)
    box = np.array([(10, 10, 10), (15, 15, 15)])
    points = np.array([(12.0, 11, 13), (14, 14, 14), (14.2, 14, 14), (0, 0, 0)])
    honour_clicks(values, box, points, np.array([1, 1, 0, 1]), radius=np.zeros(3))
    assert values[3, 1, 2] > 0
    assert values[4, 4, 4] < 0
    assert (values > 0).sum() == 1
