"""Which voxels of a file are the earlier mask: NaN, several segments, overlapping ones."""

import numpy as np
import pytest
import SimpleITK as sitk

from grids import GRIDS, ellipsoid_volume
from sammoe.errors import PromptError
from sammoe.image_io import SegmentInfo, read_mask, read_segment_info, write_mask, write_volume
from sammoe.image_io.volume_files import to_image

GRID = GRIDS["oblique"]
VOLUME, LIVER, _ = ellipsoid_volume(GRID)
SPLEEN = np.roll(LIVER, 3, axis=2)
CORNER = np.zeros_like(LIVER)
CORNER[1:5, 2:9, 2:9] = True


def write_segments(path, names, labels, layers, array):
    image = to_image(array, GRID)
    if array.ndim == 4:
        image = sitk.Compose([to_image(array[..., n], GRID) for n in range(array.shape[-1])])
    for n, (name, label, layer) in enumerate(zip(names, labels, layers, strict=True)):
        fields = {"ID": f"Segment_{n + 1}", "Name": name, "LabelValue": label, "Layer": layer}
        for key, value in fields.items():
            image.SetMetaData(f"Segment{n}_{key}", str(value))
    sitk.WriteImage(image, str(path))


@pytest.mark.parametrize("ending", [".nrrd", ".mha", ".nii.gz"])
def test_nan_is_background(tmp_path, ending):
    path = str(tmp_path / f"mask{ending}")
    sitk.WriteImage(to_image(np.where(LIVER, 1, np.nan).astype(np.float32), GRID), path)
    np.testing.assert_array_equal(read_mask(path, VOLUME), LIVER)


@pytest.mark.parametrize("wanted", ["spleen", "SPLEEN", "Segment_2", "2"])
def test_one_of_several_segments_is_chosen_by_name_id_or_label(tmp_path, wanted):
    path = tmp_path / "two.seg.nrrd"
    array = LIVER + 2 * CORNER.astype(np.uint8)
    write_segments(path, ["liver", "spleen"], [1, 2], [0, 0], array.astype(np.uint8))
    with pytest.raises(PromptError, match=r"2 segments \(liver, spleen\); choose one with --segm"):
        read_mask(path, VOLUME)
    with pytest.raises(PromptError, match="no segment 'kidney'; it has: liver, spleen"):
        read_mask(path, VOLUME, segment="kidney")
    np.testing.assert_array_equal(read_mask(path, VOLUME, segment=wanted), CORNER)


def test_overlapping_segments_are_read(tmp_path):
    path = tmp_path / "overlap.seg.nrrd"
    layers = np.stack([LIVER, SPLEEN], axis=-1).astype(np.uint8)
    write_segments(path, ["liver", "spleen"], [1, 1], [0, 1], layers)
    np.testing.assert_array_equal(read_mask(path, VOLUME, segment="liver"), LIVER)
    np.testing.assert_array_equal(read_mask(path, VOLUME, segment="spleen"), SPLEEN)


def test_a_single_segment_needs_no_name_whatever_its_label_is(tmp_path):
    path = tmp_path / "one.seg.nrrd"
    write_segments(path, ["liver"], [7], [0], (7 * LIVER).astype(np.uint8))
    np.testing.assert_array_equal(read_mask(path, VOLUME), LIVER)


def test_labels_without_names_are_joined_and_it_is_said(tmp_path, caplog):
    path = tmp_path / "labels.nii.gz"
    sitk.WriteImage(to_image((LIVER + 4 * CORNER).astype(np.uint8), GRID), str(path))
    np.testing.assert_array_equal(read_mask(path, VOLUME), LIVER | CORNER)
    assert "labels 1, 4 were joined" in caplog.text
    np.testing.assert_array_equal(read_mask(path, VOLUME, segment="4"), CORNER)


@pytest.mark.parametrize(
    ("label", "wanted"), [(0.5, "0.5"), (128 / 255, "0.501961"), (1e6, "1000000")]
)
def test_a_label_that_is_a_fraction_is_not_taken_for_the_background(tmp_path, label, wanted):
    """As of probabilities, or where a NIfTI file scales its values."""
    path = tmp_path / "labels.nrrd"
    sitk.WriteImage(to_image((label * LIVER + CORNER).astype(np.float32), GRID), str(path))
    np.testing.assert_array_equal(read_mask(path, VOLUME, segment=wanted), LIVER & ~CORNER)
    with pytest.raises(PromptError, match="has no segment '0'"):
        read_mask(path, VOLUME, segment="0")


def test_a_mask_of_one_value_is_nothing_to_talk_about(tmp_path, caplog):
    path = tmp_path / "mask.nii.gz"
    sitk.WriteImage(to_image((255 * LIVER).astype(np.uint8), GRID), str(path))
    np.testing.assert_array_equal(read_mask(path, VOLUME), LIVER)
    assert caplog.text == ""


def test_what_slicer_saves_of_overlapping_segments_is_read(tmp_path):
    slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
    write_volume(tmp_path / "liver.nrrd", type(VOLUME)(LIVER.astype(np.uint8), GRID))
    write_volume(tmp_path / "spleen.nrrd", type(VOLUME)(SPLEEN.astype(np.uint8), GRID))
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    for name in ("liver", "spleen"):
        volume = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
        storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
        scene.AddNode(storage)
        storage.SetFileName(str(tmp_path / f"{name}.nrrd"))
        assert storage.ReadData(volume) == 1
        logic.ImportLabelmapToSegmentationNode(volume, node)
    names = [node.GetSegmentation().GetNthSegment(n).GetName() for n in range(2)]
    saved = slicer.vtkMRMLSegmentationStorageNode()
    scene.AddNode(saved)
    saved.SetFileName(str(tmp_path / "both.seg.nrrd"))
    assert saved.WriteData(node) == 1
    for name, mask in zip(names, (LIVER, SPLEEN), strict=True):
        found = read_mask(tmp_path / "both.seg.nrrd", VOLUME, segment=name)
        np.testing.assert_array_equal(found, mask)


def test_how_slicer_shows_a_segment_is_read_as_it_was_written(tmp_path):
    info = SegmentInfo("Nière | links", (0.25, 0.5, 1.0), tags=(("Status", "done"),))
    write_mask(tmp_path / "mask.seg.nrrd", LIVER, GRID, segment=info)
    found = read_segment_info(tmp_path / "mask.seg.nrrd")
    assert (found.name, found.color) == (info.name, info.color)
    assert dict(found.tags)["Status"] == "done"
    write_mask(tmp_path / "again.seg.nrrd", LIVER, GRID, segment=found)
    assert read_segment_info(tmp_path / "again.seg.nrrd") == found
    write_mask(tmp_path / "mask.nii.gz", LIVER, GRID)
    assert read_segment_info(tmp_path / "mask.nii.gz") is None
