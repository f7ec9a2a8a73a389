"""Reading and writing volumes and masks, on oblique and anisotropic grids."""

import locale
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from dicom_slices import write_dicom
from sammoe.errors import GeometryError, PromptError
from sammoe.geometry import transform_points
from sammoe.image_io import (
    SegmentInfo,
    read_mask,
    read_volume,
    terminology_entry,
    write_mask,
    write_volume,
)

COSINES = sitk.Euler3DTransform((0, 0, 0), 0.3, -0.2, 0.5).GetMatrix()
SPACING_MM = (0.8, 1.1, 3.0)
ORIGIN_LPS = (-40.0, 12.5, 200.0)


def an_oblique_image(dtype: type = np.int16, shape_kji: tuple[int, ...] = (5, 7, 9)) -> sitk.Image:
    values = np.random.default_rng(3).integers(0, 200, shape_kji).astype(dtype)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(SPACING_MM)
    image.SetOrigin(ORIGIN_LPS)
    image.SetDirection(COSINES)
    return image


def a_ct(slices: int) -> sitk.Image:
    values = np.arange(slices, dtype=np.int16)[:, None, None] * np.full((1, 8, 10), 100, np.int16)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.7, 0.9, 2.5))
    image.SetOrigin((-30, -20, 0))
    return image


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32])
def test_a_voxel_is_at_the_same_place_in_ras_as_itk_says_in_lps(tmp_path, ending, dtype):
    image = an_oblique_image(dtype)
    sitk.WriteImage(image, str(tmp_path / f"image{ending}"))
    volume = read_volume(tmp_path / f"image{ending}")
    left, posterior, superior = image.TransformIndexToPhysicalPoint((8, 3, 4))
    place_ras = transform_points((8, 3, 4), volume.ijk_to_ras)[0]
    np.testing.assert_allclose(place_ras, (-left, -posterior, superior), atol=1e-3)
    np.testing.assert_array_equal(volume.array_kji, sitk.GetArrayFromImage(image))
    np.testing.assert_allclose(volume.spacing_mm, SPACING_MM, rtol=1e-5)


def test_a_dicom_folder_becomes_a_volume_whatever_its_files_are_called(tmp_path):
    write_dicom(tmp_path / "study" / "series", a_ct(6))
    volume = read_volume(tmp_path / "study")
    assert volume.array_kji[:, 0, 0].tolist() == [0, 100, 200, 300, 400, 500]
    np.testing.assert_allclose(volume.spacing_mm, (0.7, 0.9, 2.5))
    np.testing.assert_allclose(volume.ijk_to_ras[:3, 3], (30, 20, 0))


def test_on_windows_itk_opens_names_beyond_the_code_page(tmp_path, a_volume, monkeypatch):
    spoken = []
    monkeypatch.setattr(locale, "setlocale", lambda *words: spoken.append(words))
    monkeypatch.setattr(sys, "platform", "win32")
    for act in (write_volume, lambda path, _: read_volume(path)):
        act(tmp_path / "K\u00f6pf \u0159.nrrd", a_volume)
        assert (locale.LC_CTYPE, ".UTF8") in spoken
        spoken.clear()


def test_of_several_dicom_series_the_largest_is_read_and_the_choice_is_said(tmp_path, caplog):
    write_dicom(tmp_path / "small", a_ct(3), series="1.2.3.1")
    write_dicom(tmp_path / "large", a_ct(5), series="1.2.3.2")
    assert read_volume(tmp_path).array_kji.shape[0] == 5
    assert "1: CT, 5 slices; 2: CT, 3 slices" in caplog.text
    assert read_volume(tmp_path, series=2).array_kji.shape[0] == 3
    with pytest.raises(GeometryError, match="no series 3"):
        read_volume(tmp_path, series=3)


def test_an_oblique_dicom_series_lies_where_its_nifti_twin_lies(tmp_path):
    write_dicom(tmp_path / "dicom", an_oblique_image())
    sitk.WriteImage(an_oblique_image(), str(tmp_path / "twin.nii.gz"))
    dicom, twin = read_volume(tmp_path / "dicom"), read_volume(tmp_path / "twin.nii.gz")
    np.testing.assert_array_equal(dicom.array_kji, twin.array_kji)
    np.testing.assert_allclose(dicom.ijk_to_ras, twin.ijk_to_ras, atol=1e-4)


def test_slices_under_a_tilted_gantry_are_refused(tmp_path):
    for number in range(4):
        one = a_ct(1)
        one.SetOrigin((-30, -20 + 0.8 * number, 2.5 * number))
        write_dicom(tmp_path / str(number), one, series="1.2.3.1")
        (tmp_path / str(number) / "1.2.3.1-999.dcm").rename(tmp_path / f"{number}.dcm")
    with pytest.raises(GeometryError, match="tilted gantry"):
        read_volume(tmp_path)


def test_a_missing_dicom_slice_is_noticed(tmp_path):
    write_dicom(tmp_path, a_ct(6))
    (tmp_path / "1.2.3.1-996.dcm").unlink()
    with pytest.raises(GeometryError, match="not evenly spaced"):
        read_volume(tmp_path)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: None, "no file or folder"),
        (lambda path: path.write_bytes(b"not an image at all"), "cannot be read"),
        (lambda path: path.mkdir(), "no DICOM slices"),
    ],
)
def test_a_path_that_holds_no_image_is_named_with_what_is_wrong(tmp_path, write, message):
    path = tmp_path / "scan.nrrd"
    write(path)
    with pytest.raises(GeometryError, match=message):
        read_volume(path)


def test_a_truncated_file_is_a_geometry_error(tmp_path):
    path = tmp_path / "scan.nrrd"
    sitk.WriteImage(an_oblique_image(), str(path))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(GeometryError, match="cannot be read"):
        read_volume(path)


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_four_axes_are_refused_and_one_time_point_is_not(tmp_path, ending):
    series = [an_oblique_image(), an_oblique_image()]
    path = tmp_path / f"series{ending}"
    sitk.WriteImage(sitk.JoinSeries(series), str(path))
    with pytest.raises(GeometryError, match=r"4 axes|values a voxel"):
        read_volume(path)
    sitk.WriteImage(sitk.JoinSeries(series[:1]), str(path))
    assert read_volume(path).array_kji.shape == (5, 7, 9)


def test_colour_is_refused(tmp_path):
    image = an_oblique_image(np.uint8)
    sitk.WriteImage(sitk.Compose(image, image, image), str(tmp_path / "rgb.nrrd"))
    with pytest.raises(GeometryError, match="3 values a voxel"):
        read_volume(tmp_path / "rgb.nrrd")


@pytest.fixture
def a_volume(tmp_path):
    sitk.WriteImage(an_oblique_image(), str(tmp_path / "volume.nrrd"))
    return read_volume(tmp_path / "volume.nrrd")


@pytest.fixture
def a_mask():
    mask_kji = np.zeros((5, 7, 9), dtype=bool)
    mask_kji[1:4, 2:5, 3:8] = True
    mask_kji[2, 3, 4] = False
    return mask_kji


@pytest.mark.parametrize("name", ["mask.nii.gz", "mask.seg.nrrd", "mask.nrrd", "mask.mha"])
def test_a_written_mask_is_read_back_onto_the_same_voxels(tmp_path, a_volume, a_mask, name):
    write_mask(tmp_path / name, a_mask, a_volume.ijk_to_ras)
    np.testing.assert_array_equal(read_mask(tmp_path / name, a_volume), a_mask)


def test_a_mask_cropped_to_a_part_of_the_grid_falls_on_the_right_voxels(tmp_path, a_volume, a_mask):
    part = a_mask[1:4, 2:6, 1:9]
    matrix = a_volume.ijk_to_ras.copy()
    matrix[:3, 3] = transform_points((1, 2, 1), a_volume.ijk_to_ras)[0]
    write_mask(tmp_path / "part.nrrd", part, matrix)
    np.testing.assert_array_equal(read_mask(tmp_path / "part.nrrd", a_volume), a_mask)


def test_a_mask_of_another_grid_is_refused(tmp_path, a_volume, a_mask):
    for change in (np.diag([1, 1, 1.5, 1]), np.diag([-1, 1, 1, 1])):
        write_mask(tmp_path / "other.nrrd", a_mask, a_volume.ijk_to_ras @ change)
        with pytest.raises(GeometryError, match="not on the volume's grid"):
            read_mask(tmp_path / "other.nrrd", a_volume)


def test_an_empty_mask_is_refused_as_a_prompt(tmp_path, a_volume, a_mask):
    write_mask(tmp_path / "empty.nrrd", ~a_mask & a_mask, a_volume.ijk_to_ras)
    with pytest.raises(PromptError, match="is empty"):
        read_mask(tmp_path / "empty.nrrd", a_volume)


@pytest.mark.parametrize("name", ["mask.png", "mask", "missing/mask.nii.gz"])
def test_a_mask_is_not_written_where_it_cannot_be(tmp_path, a_volume, a_mask, name):
    with pytest.raises(GeometryError, match=r"written as|does not exist"):
        write_mask(tmp_path / name, a_mask, a_volume.ijk_to_ras)


def test_slicer_opens_the_mask_as_a_named_coloured_segment(tmp_path, a_volume, a_mask):
    slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
    liver = {
        "category": {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"},
        "type": {"scheme": "SCT", "value": "10200004", "meaning": "Liver"},
    }
    info = SegmentInfo("The liver", (0.2, 0.4, 0.6), liver, (("SAMMoE.Expert", "liver"),))
    path = tmp_path / "mask.seg.nrrd"
    write_mask(path, a_mask, a_volume.ijk_to_ras, segment=info)

    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    scene = slicer.vtkMRMLScene()
    logic.SetMRMLScene(scene)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.ReadData(node) == 1

    segmentation = node.GetSegmentation()
    assert segmentation.GetNumberOfSegments() == 1
    segment = segmentation.GetNthSegment(0)
    assert segment.GetName() == "The liver"
    np.testing.assert_allclose(segment.GetColor(), (0.2, 0.4, 0.6), atol=1e-6)
    assert segment.GetTerminology() == terminology_entry(liver)
    extent = segment.GetRepresentation("Binary labelmap").GetExtent()
    assert extent == (0, 8, 0, 6, 0, 4) or extent == (3, 7, 2, 4, 1, 3)
