"""Submitted segments: where they lie, what is kept beside them, what a full disk leaves."""

import json

import numpy as np
import pytest

from full_disk import disk_with_room_for
from grids import GRIDS, ellipsoid_volume
from sammoe.errors import PromptError, SAMMoEError
from sammoe.geometry import array_box, box_slices_kji, transform_points
from sammoe.image_io import read_volume
from sammoe.labelled_scans import LeftOut, find_dataset, read_labelled_scan
from sammoe.path_lock import path_lock
from sammoe.provenance import unpacked_mask
from SAMMoESlicerLib.Bridge import PromptRole, SegmentWriter, Structure
from SAMMoESlicerLib.Bridge.Structure import Code
from SAMMoESlicerLib.ExampleStore import MARK

LIVER = Structure("Liver", (0.8, 0.3, 0.3), Code("SCT", "10200004", "Liver"))


@pytest.fixture
def centre(patientMove, ellipsoid):
    return transform_points(ellipsoid[2], patientMove)[0]


@pytest.fixture
def segmented(session, volumeNode, segmentationNode, centre):
    """A liver after one click, in a volume under a transform."""
    session.setVolumeNode(volumeNode)
    session.addSegment(segmentationNode, "segment")
    session.nameAs(LIVER)
    session.promptNode(PromptRole.POSITIVE).AddControlPointWorld(*centre)
    for _ in range(3):
        session.poll()
    return session


def filesIn(folder):
    """Return every file of a folder with its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def whole(mask, shape_kji):
    """Return a mask on the whole of its grid."""
    array = np.zeros(shape_kji, bool)
    array[box_slices_kji(mask.box_ijk)] = mask.mask_kji
    return array


def draw(segmentationNode, volume, name, block):
    """Add a segment that fills a block, as another tool would."""
    writer = SegmentWriter(segmentationNode)
    segmentId = writer.addSegment(name)
    mask = np.zeros(volume.array_kji.shape, bool)
    mask[block] = True
    writer.write(segmentId, volume, mask, array_box(mask.shape))
    return segmentId, mask


def test_an_example_is_a_labelled_scan_at_its_place_in_the_world(segmented, store, worldVolume):
    example = segmented.readExample()
    record = store.submit(segmented.volume, example, source="ct_01.nii.gz")
    dataset = find_dataset(store.folder, LeftOut())
    scan = read_labelled_scan(dataset.entries[0])
    np.testing.assert_array_equal(scan.volume.array_kji, worldVolume.array_kji)
    np.testing.assert_allclose(scan.volume.ijk_to_ras, worldVolume.ijk_to_ras, atol=1e-6)
    labels = read_volume(dataset.entries[0].labels)
    assert dataset.label_value("liver") == 1
    np.testing.assert_array_equal(
        labels.array_kji == 1, whole(example.mask, worldVolume.array_kji.shape)
    )
    assert labels.array_kji.any()
    assert store.counts() == {"Liver": 1}
    assert store.sources() == {"ct_01.nii.gz"}
    assert "SCT^10200004^Liver" in store.terminology("Liver")
    assert record.structures["Liver"]["ml"] == pytest.approx(segmented.volumeMl, abs=1e-3)
    assert record.structures["Liver"]["model"]["bundle"] == "fake | bundle"


@pytest.mark.parametrize("grid", ["left-handed", "sheared", "anisotropic"])
def test_any_grid_can_be_an_example(slicerScene, session, segmentationNode, store, grid):
    volume, mask, _ = ellipsoid_volume(GRIDS[grid], (20, 18, 12), radii_mm=(6.0, 5.0, 8.0))
    session.setVolumeNode(slicerScene.addVolume(volume))
    segmentId, _ = draw(segmentationNode, volume, "Cyst", mask)
    session.setSegment(segmentationNode, segmentId)
    store.submit(session.volume, session.readExample())
    entry = find_dataset(store.folder, LeftOut()).entries[0]
    np.testing.assert_array_equal(read_volume(entry.labels).array_kji == 1, mask)
    np.testing.assert_allclose(read_volume(entry.image).ijk_to_ras, volume.ijk_to_ras, atol=1e-6)


def test_what_the_model_had_drawn_and_what_was_clicked_are_kept(
    segmented, store, segmentationNode, worldVolume, centre
):
    drawn = whole(segmented.readExample().mask, worldVolume.array_kji.shape)
    painted = drawn.copy()
    painted[2:5, 3:8, 1:6] = True
    SegmentWriter(segmentationNode).write(
        segmented.segmentId, worldVolume, painted, array_box(painted.shape)
    )
    record = store.submit(segmented.volume, segmented.readExample())
    kept = json.loads((store.folder / "examples" / f"{record.case}.json").read_text("utf-8"))
    kept = kept["structures"]["Liver"]
    mask, box = unpacked_mask(kept["drawn"])
    np.testing.assert_array_equal(drawn[box_slices_kji(box)], mask)
    assert mask.sum() == drawn.sum()
    mask, box = unpacked_mask(kept["mask"])
    assert mask.sum() == painted.sum() > drawn.sum()
    (clicked,) = kept["prompts"]["clicks"]
    np.testing.assert_allclose(clicked["positionRas"], centre, atol=1e-6)


def test_overlaps_and_what_was_not_submitted_are_recorded_and_no_voxel_is_lost(
    segmented, store, segmentationNode, worldVolume
):
    liver = whole(segmented.readExample().mask, worldVolume.array_kji.shape)
    tumourId, tumour = draw(segmentationNode, worldVolume, "Tumour", np.s_[10:16, 14:24, 10:25])
    draw(segmentationNode, worldVolume, "Spleen", np.s_[0:4, 0:4, 0:4])
    shared = int((liver & tumour).sum())
    assert 0 < shared < liver.sum()
    store.submit(segmented.volume, segmented.readExample())
    liverId = segmented.segmentId
    segmented.setSegment(segmentationNode, tumourId)
    record = store.submit(segmented.volume, segmented.readExample())
    path = store.folder / "examples" / f"{record.case}.json"
    kept = json.loads(path.read_text("utf-8"))
    assert kept["not_submitted"] == ["Spleen"]
    assert kept["overlaps"] == [
        {"structures": ["Liver", "Tumour"], "voxels": shared, "labelled_as": "Tumour"}
    ]
    labels = read_volume(store.folder / "labelsTr" / f"{record.case}.nrrd").array_kji
    np.testing.assert_array_equal(labels == 2, tumour)
    np.testing.assert_array_equal(labels == 1, liver & ~tumour)
    segmented.setSegment(segmentationNode, liverId)
    store.submit(segmented.volume, segmented.readExample())
    labels = read_volume(store.folder / "labelsTr" / f"{record.case}.nrrd").array_kji
    np.testing.assert_array_equal(labels == 1, liver)
    assert store.counts() == {"Liver": 1, "Tumour": 1}


def test_all_segments_of_one_name_are_one_example(
    session, volumeNode, segmentationNode, store, worldVolume
):
    session.setVolumeNode(volumeNode)
    blocks = (np.s_[5:9, 5:9, 5:9], np.s_[12:16, 20:26, 20:26], np.s_[8:13, 18:21, 19:23])
    names = ("Lesion", "lesion ", "Lesion")  # a data set has one label for these names
    lesions = [
        draw(segmentationNode, worldVolume, name, block)
        for name, block in zip(names, blocks, strict=True)
    ]
    draw(segmentationNode, worldVolume, "Lesion of the spleen", np.s_[0:3, 0:3, 0:3])
    draw(segmentationNode, worldVolume, "Lesion", np.s_[0:0, 0:0, 0:0])
    union = np.logical_or.reduce([mask for _, mask in lesions])
    for segmentId, _ in lesions:
        session.setSegment(segmentationNode, segmentId)
        record = store.submit(session.volume, session.readExample())
        labels = read_volume(store.folder / "labelsTr" / f"{record.case}.nrrd").array_kji
        np.testing.assert_array_equal(labels == 1, union)
        assert record.segments == 3
        assert record.notSubmitted == ("Lesion of the spleen",)
    assert store.counts() == {"Lesion": 1}


def test_a_full_disk_is_said_plainly_and_leaves_the_folder_as_it_was(
    segmented, store, segmentationNode, worldVolume
):
    store.submit(segmented.volume, segmented.readExample())
    before = filesIn(store.folder)
    tumourId, _ = draw(segmentationNode, worldVolume, "Tumour", np.s_[10:16, 14:24, 10:25])
    segmented.setSegment(segmentationNode, tumourId)
    with disk_with_room_for(60), pytest.raises(SAMMoEError, match=r"as it was.*space on the disk"):
        store.submit(segmented.volume, segmented.readExample())
    assert filesIn(store.folder) == before
    assert store.counts() == {"Liver": 1}


def test_a_full_disk_leaves_nothing_of_the_first_example(segmented, store):
    with disk_with_room_for(300), pytest.raises(SAMMoEError, match="was not saved"):
        store.submit(segmented.volume, segmented.readExample())
    assert filesIn(store.folder) == {}


def test_the_folder_of_a_later_version_is_not_touched(segmented, store):
    store.submit(segmented.volume, segmented.readExample())
    path = store.folder / "dataset.json"
    path.write_text(path.read_text("utf-8").replace(f'"{MARK}": 1', f'"{MARK}": 2'), "utf-8")
    before = filesIn(store.folder)
    with pytest.raises(SAMMoEError, match=r"another version.*update"):
        store.submit(segmented.volume, segmented.readExample())
    assert filesIn(store.folder) == before


def test_somebody_elses_data_set_is_not_touched(segmented, store):
    store.folder.mkdir()
    (store.folder / "dataset.json").write_text('{"labels": {"background": 0, "Liver": 1}}')
    before = filesIn(store.folder)
    with pytest.raises(SAMMoEError, match="not begun here"):
        store.submit(segmented.volume, segmented.readExample())
    assert filesIn(store.folder) == before


def test_two_slicers_do_not_write_into_one_folder_at_once(segmented, store):
    store.folder.mkdir()
    lock = path_lock(store.folder / ".sammoe-lock")
    with lock, pytest.raises(SAMMoEError, match="another Slicer"):
        store.submit(segmented.volume, segmented.readExample())
    store.submit(segmented.volume, segmented.readExample())
    assert store.counts() == {"Liver": 1}


def test_a_name_that_means_something_else_in_a_data_set_is_refused(segmented, store):
    segmented.nameAs(Structure("Ignore"))
    with pytest.raises(PromptError, match="cannot be the name"):
        store.submit(segmented.volume, segmented.readExample())


def test_an_empty_segment_is_no_example(segmented, segmentationNode):
    segmented.addSegment(segmentationNode, "Nothing")
    with pytest.raises(PromptError, match="empty"):
        segmented.readExample()
