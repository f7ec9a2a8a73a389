"""NIfTI files where ITK says nothing: cut off, damaged, sheared, placed twice, or not alone."""

import gzip
import struct

import numpy as np
import pytest
import SimpleITK as sitk

from grids import GRIDS
from sammoe import Volume
from sammoe.errors import GeometryError
from sammoe.geometry import transform_points
from sammoe.image_io import check_mask_path, read_mask, read_volume, write_mask, write_volume
from sammoe.image_io.volume_files import to_image

VALUES = np.random.default_rng(2).integers(-200, 400, (6, 8, 10)).astype(np.int16)
VOXEL_OFFSET, QFORM_CODE, SFORM_CODE, SFORM_ROWS = 108, 252, 254, 280


def write_nifti(path, ijk_to_ras=GRIDS["oblique"]):
    write_volume(path, Volume(VALUES, ijk_to_ras))
    return path


def change_header(path, offset, layout, *values):
    """Overwrite a part of a plain NIfTI file's header."""
    contents = bytearray(path.read_bytes())
    struct.pack_into(f"<{layout}", contents, offset, *values)
    path.write_bytes(bytes(contents))


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.999])
def test_a_file_that_is_cut_off_is_refused(tmp_path, ending, share):
    path = write_nifti(tmp_path / f"scan{ending}")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(GeometryError, match=r"scan\.nii(\.gz)? (is cut off|cannot be read)"):
        read_volume(path)


def test_a_compressed_file_that_ends_early_but_well_is_refused(tmp_path):
    path = write_nifti(tmp_path / "scan.nii.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-100]))
    with pytest.raises(GeometryError, match="cut off: 1,2"):
        read_volume(path)


def test_a_compressed_file_with_a_wrong_byte_in_the_middle_is_refused(tmp_path):
    path = write_nifti(tmp_path / "scan.nii.gz")
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 0xFF
    path.write_bytes(bytes(contents))
    with pytest.raises(GeometryError, match="damaged"):
        read_volume(path)


@pytest.mark.parametrize("start", [1e12, 1e30])
def test_a_damaged_header_with_voxels_beyond_any_file_is_refused(tmp_path, start):
    path = tmp_path / "scan.nii"
    write_volume(path, Volume(VALUES.astype(np.float32), GRIDS["oblique"]))
    change_header(path, VOXEL_OFFSET, "f", start)
    with pytest.raises(GeometryError, match=r"scan\.nii is cut off"):
        read_volume(path)


@pytest.mark.parametrize("named", ["scan.img", "scan.hdr", "scan.img.gz"])
def test_a_pair_whose_voxels_are_cut_off_is_refused(tmp_path, named):
    path = tmp_path / named
    image = to_image(VALUES, GRIDS["oblique"])
    sitk.WriteImage(image, str(path), useCompression=named.endswith("gz"))
    np.testing.assert_array_equal(read_volume(path).array_kji, VALUES)
    voxels = tmp_path / named.replace("hdr", "img")
    voxels.write_bytes(voxels.read_bytes()[:-100])
    with pytest.raises(GeometryError, match="cut off"):
        read_volume(path)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".img"])
def test_nan_stays_nan_and_does_not_become_water(tmp_path, ending, dtype):
    values = VALUES.astype(dtype)
    values[0], values[3, 4, 5], values[-1, -1, -1] = np.nan, np.inf, -np.inf
    path = tmp_path / f"scan{ending}"
    sitk.WriteImage(to_image(values, GRIDS["oblique"]), str(path))
    volume = read_volume(path)
    np.testing.assert_array_equal(np.isnan(volume.array_kji), ~np.isfinite(values))
    finite = np.isfinite(values)
    np.testing.assert_array_equal(volume.array_kji[finite], values[finite])
    np.testing.assert_allclose(volume.ijk_to_ras, GRIDS["oblique"], atol=1e-4)


def test_bytes_after_the_voxels_do_no_harm(tmp_path):
    path = write_nifti(tmp_path / "scan.nii")
    with path.open("ab") as stream:
        stream.write(b"more")
    np.testing.assert_array_equal(read_volume(path).array_kji, VALUES)


def test_a_file_is_read_and_not_its_neighbour_of_another_ending(tmp_path):
    write_nifti(tmp_path / "scan.nii.gz")
    write_volume(tmp_path / "scan.nii", Volume(VALUES + 1000, GRIDS["oblique"]))
    np.testing.assert_array_equal(read_volume(tmp_path / "scan.nii.gz").array_kji, VALUES)
    np.testing.assert_array_equal(read_volume(tmp_path / "scan.nii").array_kji, VALUES + 1000)


@pytest.mark.parametrize("grid", [name for name in GRIDS if name != "sheared"])
def test_every_grid_but_a_sheared_one_comes_back(tmp_path, grid, caplog):
    volume = read_volume(write_nifti(tmp_path / "scan.nii.gz", GRIDS[grid]))
    np.testing.assert_allclose(volume.ijk_to_ras, GRIDS[grid], atol=1e-4)
    assert caplog.text == ""


def with_sform(path, ijk_to_ras):
    change_header(path, QFORM_CODE, "2h", 0, 1)
    change_header(path, SFORM_ROWS, "12f", *ijk_to_ras[:3].ravel())


def test_a_sheared_sform_is_refused(tmp_path):
    path = write_nifti(tmp_path / "scan.nii")
    with_sform(path, GRIDS["sheared"])
    with pytest.raises(GeometryError, match=r"is sheared.*straight grid"):
        read_volume(path)


def test_a_sheared_grid_s_mask_is_refused_as_nifti_and_right_as_seg_nrrd(tmp_path):
    sheared = GRIDS["sheared"]
    mask = VALUES > 200
    with pytest.raises(GeometryError, match=r"sheared.*mm off; write \.seg\.nrrd"):
        write_mask(tmp_path / "mask.nii.gz", mask, sheared)
    assert list(tmp_path.iterdir()) == []
    for name in ("mask.seg.nrrd", "mask.nrrd", "mask.mha"):
        write_mask(tmp_path / name, mask, sheared)
        back = read_volume(tmp_path / name)
        np.testing.assert_allclose(back.ijk_to_ras, sheared, atol=1e-6)
        np.testing.assert_array_equal(read_mask(tmp_path / name, Volume(VALUES, sheared)), mask)


def test_voxels_too_small_for_nifti_s_numbers_are_refused_before(tmp_path):
    tiny = GRIDS["oblique"] @ np.diag([1e-5, 1e-5, 1e-5, 1])
    tiny[:3, 3] += 0.123456789
    with pytest.raises(GeometryError, match=r"very small voxels.*write \.seg\.nrrd"):
        check_mask_path(tmp_path / "mask.nii.gz", Volume(VALUES, tiny))
    check_mask_path(tmp_path / "mask.seg.nrrd", Volume(VALUES, tiny))
    write_mask(tmp_path / "mask.seg.nrrd", VALUES > 0, tiny)


@pytest.mark.parametrize("shear", [1e-6, 1e-4, 1e-3, 3e-3, 1e-2, 0.1])
def test_what_is_allowed_before_the_model_runs_is_not_refused_after_it(tmp_path, shear):
    grid = GRIDS["left-handed"].copy()
    grid[:3, 2] += shear * grid[:3, 1]
    try:
        check_mask_path(tmp_path / "mask.nii", Volume(VALUES, grid))
    except GeometryError:
        assert shear > 1e-3
    else:
        write_mask(tmp_path / "mask.nii", VALUES > 0, grid)


@pytest.mark.parametrize("offset_mm", [0.0, 12.0])
def test_two_placements_that_disagree_get_a_note(tmp_path, caplog, offset_mm):
    path = write_nifti(tmp_path / "scan.nii")
    rows = GRIDS["oblique"][:3].copy()
    rows[2, 3] += offset_mm
    change_header(path, SFORM_CODE, "h", 1)
    change_header(path, SFORM_ROWS, "12f", *rows.ravel())
    volume = read_volume(path)
    assert ("qform, sform) differ by up to 12.0 mm" in caplog.text) == (offset_mm > 0)
    if offset_mm:
        taken = "sform" if np.allclose(volume.ijk_to_ras[:3], rows, atol=1e-3) else "qform"
        assert f"the {taken} is used" in caplog.text


def test_a_quaternion_is_what_itk_makes_of_it(tmp_path, caplog):
    path = write_nifti(tmp_path / "scan.nii", GRIDS["left-handed"])
    change_header(path, SFORM_CODE, "h", 0)
    itks = sitk.ReadImage(str(path))
    place = itks.TransformIndexToPhysicalPoint((9, 7, 5))
    found = transform_points((9, 7, 5), read_volume(path).ijk_to_ras)[0]
    np.testing.assert_allclose(found, np.array(place) * (-1, -1, 1), atol=1e-3)
    assert caplog.text == ""
