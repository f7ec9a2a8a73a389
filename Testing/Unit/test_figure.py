"""The picture of a segmentation, and the planes it shows."""

import numpy as np
import pytest
import SimpleITK as sitk

from sammoe import PromptSet, Result, Volume
from sammoe.errors import SAMMoEError
from sammoe.figure import Caption, check_can_draw, save_figure
from sammoe.figure.planes import ORIENTATIONS, bounds_ras, cut_plane
from sammoe.geometry import array_box, transform_points

AXIAL, CORONAL, SAGITTAL = ORIENTATIONS


def a_matrix(*, order: tuple[int, int, int], signs: tuple[int, int, int]) -> np.ndarray:
    """Return an ijk_to_ras whose i, j, k run along the RAS axes `order`, 2 mm apart."""
    matrix = np.zeros((4, 4))
    for column, (axis, sign) in enumerate(zip(order, signs, strict=True)):
        matrix[axis, column] = 2.0 * sign
    matrix[:, 3] = (5, -7, 11, 1)
    return matrix


def ramp_volume(ijk_to_ras: np.ndarray, shape_kji=(12, 14, 16)) -> Volume:
    """Return a volume whose grey value is R + 100 A + 10000 S, in mm."""
    k, j, i = np.indices(shape_kji)
    ras = transform_points(np.stack([i, j, k], axis=-1).reshape(-1, 3), ijk_to_ras)
    return Volume((ras @ [1.0, 100.0, 10000.0]).reshape(shape_kji), ijk_to_ras)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, -1, 1), (1, -1, -1)])
def test_a_plane_shows_the_same_patient_whatever_the_volumes_own_axes(order, signs):
    volume = ramp_volume(a_matrix(order=order, signs=signs))
    centre_ras = bounds_ras(volume).mean(axis=0)
    mask = np.zeros(volume.array_kji.shape, bool)
    for orientation in ORIENTATIONS:
        plane = cut_plane(volume, mask, centre_ras, orientation)
        rows, columns = plane.grey.shape
        left, right, bottom, top = plane.extent_mm
        row, column = rows // 3, columns // 4
        across_mm = left + (column + 0.5) * (right - left) / columns
        up_mm = top - (row + 0.5) * (top - bottom) / rows
        place = centre_ras.copy()
        place[orientation.across] = orientation.across_sign * across_mm
        place[orientation.up] = up_mm
        assert plane.grey[row, column] == pytest.approx(place @ [1, 100, 10000], abs=0.2)
        np.testing.assert_allclose(plane.to_picture(place[None]), [(across_mm, up_mm)], atol=1e-9)


def test_an_axial_slice_has_the_front_at_the_top_and_the_patients_right_on_the_left():
    volume = ramp_volume(a_matrix(order=(0, 1, 2), signs=(-1, -1, 1)))
    mask = np.zeros(volume.array_kji.shape, bool)
    grey = cut_plane(volume, mask, bounds_ras(volume).mean(axis=0), AXIAL).grey
    assert grey[2, 8] - grey[-3, 8] > 1000  # 100 a millimetre to the front
    assert grey[8, 2] > grey[8, -3]  # 1 a millimetre to the right


def test_outside_an_oblique_volume_there_is_nothing():
    turned = np.eye(4)
    turned[:3, :3] = np.reshape(sitk.Euler3DTransform((0, 0, 0), 0, 0, 0.7).GetMatrix(), (3, 3))
    volume = Volume(np.ones((10, 20, 20)), turned)
    plane = cut_plane(volume, np.ones((10, 20, 20), bool), bounds_ras(volume).mean(axis=0), AXIAL)
    assert np.isnan(plane.grey[0, 0])
    assert plane.mask[0, 0] == 0
    assert plane.mask.max() == pytest.approx(1)


def test_a_plane_is_exact_at_voxels_and_linear_between_them():
    array = np.random.default_rng(0).random((3, 4, 5))
    volume = Volume(array, np.eye(4))
    through = np.array([2.0, 2.0, 1.0])
    plane = cut_plane(volume, np.zeros(array.shape, bool), through, AXIAL)
    assert np.isclose(plane.grey[:, :, None], array[1].ravel(), atol=1e-6).any(axis=(0, 1)).all()
    between = cut_plane(volume, np.zeros(array.shape, bool), np.array([2.0, 2.0, 1.5]), AXIAL)
    np.testing.assert_allclose(
        between.grey, (plane.grey + cut_plane(
            volume, np.zeros(array.shape, bool), np.array([2.0, 2.0, 2.0]), AXIAL
        ).grey) / 2, atol=1e-6,
    )  # fmt: skip


def a_result(volume: Volume, mask_kji: np.ndarray, **changes) -> Result:
    values = {
        "mask_box_kji": mask_kji,
        "box_ijk": array_box(mask_kji.shape),
        "shape_kji": mask_kji.shape,
        "scores": {"liver": 0.7, "vessels": 0.1, "general": 0.2},
        "expert": "liver",
        "tau": 0.5,
        "crop_box_ijk": array_box(mask_kji.shape),
        "spacing_mm": (1.0, 1.0, 1.0),
        "touches_border": False,
        "window": "CT soft tissue",
        "timings_ms": {"encode": 100.0},
    }
    return Result(**{**values, **changes})


@pytest.mark.parametrize(
    ("prompts", "changes"),
    [
        (PromptSet([(0, 0, 12)], [1]), {}),
        (PromptSet([(0, 0, 12), (4, 4, 12)], [1, 0]), {"expert": None}),
        (PromptSet(box_ras=[(-10, -20, 12), (0, 0, 20)]), {}),
        (PromptSet([(0, 0, 12)], [1]), {"scores": {"general": 1.0}, "expert": None}),
    ],
)
@pytest.mark.parametrize("filled", [True, False])
def test_a_picture_is_drawn_for_every_kind_of_prompt_and_result(tmp_path, prompts, changes, filled):
    volume = ramp_volume(a_matrix(order=(0, 1, 2), signs=(-1, -1, 1)))
    mask_kji = np.zeros(volume.array_kji.shape, bool)
    mask_kji[3:8, 4:9, 5:10] = filled
    caption = Caption("Title", "Subtitle", {"liver": "Liver"}, {"liver": (0.9, 0.5, 0.4)})
    path = tmp_path / "picture.png"
    save_figure(path, volume, prompts, a_result(volume, mask_kji, **changes), caption=caption)
    picture = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    assert picture.shape[1] > 1500
    marked = np.abs(picture[..., :3].astype(int) - (230, 128, 102)).max(axis=-1) < 12
    assert marked.any() == (changes.get("expert", "liver") == "liver")


def test_a_picture_that_cannot_be_written_says_so(tmp_path):
    volume = ramp_volume(a_matrix(order=(0, 1, 2), signs=(1, 1, 1)))
    result = a_result(volume, np.zeros(volume.array_kji.shape, bool))
    with pytest.raises(SAMMoEError, match="cannot be written"):
        save_figure(tmp_path / "no" / "picture.png", volume, PromptSet(), result)


def test_every_expert_s_bar_is_marked_with_its_own_threshold(tmp_path):
    volume = ramp_volume(a_matrix(order=(0, 1, 2), signs=(1, 1, 1)))
    result = a_result(volume, np.zeros(volume.array_kji.shape, bool))
    path = tmp_path / "picture.svg"
    caption = Caption(taus={"liver": 0.8, "vessels": 0.9})
    save_figure(path, volume, PromptSet(), result, caption=caption)
    drawn = path.read_text("utf-8")
    assert [drawn.count(f"<!-- τ {tau} -->") for tau in ("0.80", "0.90", "0.50")] == [1, 1, 0]


def test_what_can_be_no_picture_is_refused_before_it_is_drawn(tmp_path):
    with pytest.raises(SAMMoEError, match=r"written as \.png"):
        check_can_draw(tmp_path / "picture.docx")
    assert check_can_draw("PICTURE.PNG") == "png"
