"""DICOM folders: every slice is compared, and what is no volume is refused with its reason."""

import contextlib
import os

import numpy as np
import pytest
import SimpleITK as sitk

from raw_dicom import write_frames, write_slice
from sammoe.errors import GeometryError
from sammoe.geometry import transform_points
from sammoe.image_io import read_volume

COSINES = np.reshape(sitk.Euler3DTransform((0, 0, 0), 0.3, -0.2, 0.5).GetMatrix(), (3, 3))
OBLIQUE = COSINES.T[:2].ravel()
VALUES = np.random.default_rng(5).integers(-900, 900, (6, 7, 9)).astype(np.int16)


def write_series(folder, count=6, *, step=(0.0, 0.0, 2.0), decimals=6, series=None, changes=None):
    """Write slices of 1.5 x 1.2 mm pixels; `changes` by slice overwrites elements."""
    folder.mkdir(exist_ok=True, parents=True)
    for number in range(count):
        place = np.round((-30.0, -24.0, 700.0) + np.array(step) * number, decimals)
        change = {"ImagePositionPatient": place.tolist(), **(changes or {}).get(number, {})}
        intercept = change.get("RescaleIntercept", -1024)
        raw = np.clip(VALUES[number % len(VALUES)] - intercept, 0, None)
        uid = f"1.2.3.{number}" if series == "each its own" else "1.2.3.1"
        write_slice(folder / f"{number:03d}.dcm", raw, number=number + 1, series=uid, **change)


def test_slices_stored_with_different_intercepts_give_one_scale(tmp_path):
    write_series(tmp_path, changes={0: {"RescaleIntercept": 0}})
    expected = VALUES.copy()
    expected[0] = np.clip(expected[0], 0, None)
    np.testing.assert_array_equal(read_volume(tmp_path).array_kji, expected)


def test_one_slice_with_a_fractional_slope_neither_wraps_nor_cuts_any(tmp_path):
    write_series(tmp_path, changes={3: {"RescaleSlope": 0.25}})
    volume = read_volume(tmp_path)
    np.testing.assert_array_equal(volume.array_kji[3], (VALUES[3] + 1024) * 0.25 - 1024)
    np.testing.assert_array_equal(np.delete(volume.array_kji, 3, 0), np.delete(VALUES, 3, 0))


@pytest.mark.parametrize(
    ("spacing_mm", "decimals"), [(0.83333, 2), (10 / 3, 2), (0.48828125, 3), (0.625, 1), (2.5, 0)]
)
def test_positions_rounded_in_the_header_are_read(tmp_path, spacing_mm, decimals):
    write_series(tmp_path, 20, step=(0, 0, spacing_mm), decimals=decimals)
    volume = read_volume(tmp_path)
    assert volume.spacing_mm[2] == pytest.approx(spacing_mm, rel=0.02)
    assert volume.array_kji.shape[0] == 20


@pytest.mark.parametrize(("degrees", "slices"), [(1.7, 60), (0.3, 120), (12.0, 4)])
def test_a_tilt_is_judged_by_the_shift_it_accumulates(tmp_path, degrees, slices):
    shift_mm = float(np.tan(np.deg2rad(degrees))) * 2
    write_series(tmp_path, slices, step=(0, shift_mm, 2))
    with pytest.raises(GeometryError, match=rf"{shift_mm * (slices - 1):.1f} mm .*tilted gantry"):
        read_volume(tmp_path)


def test_a_shift_far_below_a_voxel_is_read(tmp_path):
    write_series(tmp_path, 10, step=(0, 0.01, 2))
    assert read_volume(tmp_path).array_kji.shape[0] == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ImageOrientationPatient": [0, 1, 0, -1, 0, 0]}, "differ in orientation"),
        ({"ImageOrientationPatient": None}, "1 of 6 DICOM slices do not say"),
        ({"ImagePositionPatient": [-30, -24, 703.1]}, "not evenly spaced"),
        ({"ImagePositionPatient": [-30, -20, 704]}, "shifted against each other"),
        ({"ImagePositionPatient": None}, "1 of 6 DICOM slices do not say"),
        ({"PixelSpacing": [1.2, 1.4]}, "differ in pixel size"),
    ],
)
def test_one_slice_that_lies_otherwise_is_noticed_wherever_it_is(tmp_path, change, message):
    write_series(tmp_path, changes={2: change})
    with pytest.raises(GeometryError, match=message):
        read_volume(tmp_path)


@pytest.mark.parametrize("cosines", [[0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0]])
def test_an_orientation_that_is_none_is_refused(tmp_path, cosines):
    write_series(tmp_path, changes={n: {"ImageOrientationPatient": cosines} for n in range(6)})
    with pytest.raises(GeometryError, match="6 of 6 DICOM slices do not say where they lie"):
        read_volume(tmp_path)


def test_rounded_cosines_give_the_true_spacing(tmp_path):
    cosines = OBLIQUE.round(3)
    step = tuple(np.cross(OBLIQUE[:3], OBLIQUE[3:]) * 2)
    write_series(
        tmp_path,
        step=step,
        changes={n: {"ImageOrientationPatient": cosines.tolist()} for n in range(6)},
    )
    np.testing.assert_allclose(read_volume(tmp_path).spacing_mm, (1.5, 1.2, 2.0), rtol=1e-5)


def test_a_series_without_any_position_is_refused(tmp_path):
    write_series(tmp_path, changes={n: {"ImagePositionPatient": None} for n in range(6)})
    with pytest.raises(GeometryError, match="6 of 6 DICOM slices do not say where they lie"):
        read_volume(tmp_path)


@pytest.mark.parametrize("missing", ["ImagePositionPatient", "ImageOrientationPatient"])
def test_a_single_slice_may_lie_anywhere_and_it_is_said(tmp_path, caplog, missing):
    write_series(tmp_path, 1, changes={0: {missing: None}})
    np.testing.assert_array_equal(read_volume(tmp_path).array_kji, VALUES[:1])
    assert "does not say where it lies" in caplog.text


def test_one_slice_named_by_itself_is_read_with_a_note(tmp_path, caplog):
    write_series(tmp_path)
    assert read_volume(tmp_path / "003.dcm").array_kji.shape == (1, 7, 9)
    assert "name its folder for the whole series" in caplog.text


def test_a_slice_that_is_cut_off_is_refused(tmp_path):
    write_series(tmp_path)
    path = tmp_path / "004.dcm"
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(GeometryError):
        read_volume(tmp_path)


def test_a_scan_with_a_series_uid_for_every_slice_is_named_for_what_it_is(tmp_path):
    write_series(tmp_path, series="each its own")
    with pytest.raises(GeometryError, match="each of 6 DICOM slices has a series UID"):
        read_volume(tmp_path)
    assert read_volume(tmp_path, series=2).array_kji.shape[0] == 1


def test_a_scout_beside_such_slices_does_not_hide_them(tmp_path):
    write_series(tmp_path / "scan", series="each its own")
    turned = {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]}
    write_series(tmp_path / "scouts", 2, step=(2, 0, 0), changes={0: turned, 1: turned})
    with pytest.raises(GeometryError, match="each of 6 DICOM slices has a series UID"):
        read_volume(tmp_path)


def test_two_single_slices_are_two_series(tmp_path, caplog):
    write_series(tmp_path, 2, series="each its own")
    assert read_volume(tmp_path).array_kji.shape[0] == 1
    assert "read the largest of 2 series" in caplog.text


def test_what_is_no_dicom_in_the_folder_is_passed_over(tmp_path):
    write_series(tmp_path)
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 64)
    (tmp_path / "notes.txt").write_text("read me")
    (tmp_path / "empty").touch()
    sitk.WriteImage(sitk.Image(5, 5, sitk.sitkUInt8), str(tmp_path / "key.png"))
    assert read_volume(tmp_path).array_kji.shape == (6, 7, 9)


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode elsewhere")
def test_names_that_are_not_utf_8_are_read(tmp_path):
    folder = tmp_path / os.fsdecode(b"se\xe4rie")
    write_series(tmp_path / "plain")
    (tmp_path / "plain").rename(folder)
    (folder / "002.dcm").rename(folder / os.fsdecode(b"sc\xe4n.dcm"))
    assert read_volume(folder).array_kji.shape[0] == 6


@pytest.fixture
def frame_places():
    """Oblique positions of six frames 2.5 mm apart."""
    return np.array([10.0, -20.0, 30.0]) + np.outer(np.arange(6) * 2.5, COSINES[:, 2])


def test_frames_are_sorted_placed_and_rescaled_each_by_its_own_header(tmp_path, frame_places):
    stored = np.array([3, 0, 5, 1, 4, 2])
    intercepts = [0 if n == 3 else -1024 for n in stored]
    raw = np.stack([VALUES[n] - i for n, i in zip(stored, intercepts, strict=True)])
    raw = np.clip(raw, 0, None)
    expected = np.where(np.arange(6)[:, None, None] == 3, np.clip(VALUES, 0, None), VALUES)
    path = tmp_path / "enhanced.dcm"
    write_frames(path, raw, frame_places[stored], cosines=OBLIQUE, intercepts=intercepts)
    for volume in (read_volume(path), read_volume(tmp_path)):
        np.testing.assert_array_equal(volume.array_kji, expected)
        assert volume.array_kji.dtype == np.int16
        np.testing.assert_allclose(volume.spacing_mm, (1.5, 1.2, 2.5), rtol=1e-5)
        for k in (0, 5):
            place = transform_points((0, 0, k), volume.ijk_to_ras)[0] * (-1, -1, 1)
            np.testing.assert_allclose(place, frame_places[k], atol=1e-4)


def test_a_gap_between_frames_is_refused(tmp_path, frame_places):
    kept = [0, 1, 2, 4, 5]
    write_frames(tmp_path / "gap.dcm", VALUES[kept] + 1024, frame_places[kept], cosines=OBLIQUE)
    with pytest.raises(GeometryError, match="not evenly spaced"):
        read_volume(tmp_path / "gap.dcm")


def test_frames_that_do_not_say_where_they_lie_are_refused(tmp_path):
    write_frames(tmp_path / "cine.dcm", VALUES + 1024, np.zeros((0, 3)))
    with pytest.raises(GeometryError, match=r"6 frames of cine\.dcm do not say where"):
        read_volume(tmp_path / "cine.dcm")


@pytest.mark.parametrize(
    ("there", "damaged"),
    [(b"DS", b"WQ"), (b"IS", b"WQ"), (b"US", b"\x01\x02")],
)
def test_a_file_of_frames_with_a_damaged_value_is_refused(tmp_path, frame_places, there, damaged):
    """pydicom notices where the value is looked at, and with any error it likes."""
    path = tmp_path / "frames.dcm"
    write_frames(path, VALUES + 1024, frame_places, cosines=OBLIQUE)
    parts = path.read_bytes().split(there)
    refused = 0
    for at in range(1, len(parts)):
        path.write_bytes(there.join(parts[:at]) + damaged + there.join(parts[at:]))
        with contextlib.suppress(GeometryError):  # and nothing else; some values nobody looks at
            read_volume(path)
            continue
        refused += 1
    assert refused


@pytest.mark.filterwarnings("ignore:Invalid value for VR IS")
def test_a_number_of_frames_that_is_none_is_not_taken_for_one(tmp_path, frame_places):
    path = tmp_path / "frames.dcm"
    write_frames(path, VALUES + 1024, frame_places, cosines=OBLIQUE)
    contents = path.read_bytes()
    path.write_bytes(contents.replace(b"IS\x02\x006 ", b"IS\x02\x00x "))
    assert path.read_bytes() != contents
    with pytest.raises(GeometryError, match=r"frames\.dcm"):
        read_volume(path)
