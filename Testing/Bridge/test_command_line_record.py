"""A `.seg.nrrd` of the command line carries its prompts: Slicer shows them, goes on, replays."""

import numpy as np
import pytest

from fake_client import INFO, FakeClient, FakeClock
from grids import GRIDS, ellipsoid_volume
from sammoe import MaskPrompt, PredictOptions, PromptSet
from sammoe.commands.prediction import Prediction
from sammoe.commands.segment_command import save
from sammoe.geometry import box_slices_kji
from sammoe.image_io import read_segment_info, write_volume
from SAMMoESlicerLib.Bridge import PromptRole, Provenance, SegmentReader
from SAMMoESlicerLib.Bridge.Provenance import tagOf
from SAMMoESlicerLib.SegmentationSession import SegmentationSession

OPTIONS = PredictOptions(tau=0.4, muted=("lesion",))


@pytest.fixture
def volume():
    grid = GRIDS["oblique"] @ np.diag((1.01, 1.01, 1.01, 1.0))  # no voxel on the fake's bounds
    volume, _, centre_ras = ellipsoid_volume(grid, (36, 30, 20), radii_mm=(9, 8, 10))
    return volume, centre_ras


def a_mask():
    box = np.array([(8, 9, 5), (12, 14, 9)])
    return MaskPrompt(np.ones((4, 5, 4), dtype=bool), box)


def prompts_at(centre_ras, kind):
    points = [centre_ras, centre_ras + np.array((1 / 3, -4.2, 0.1))]
    prompts = PromptSet(points, [1, 0])
    box = np.array([centre_ras - (30, 31, 32), centre_ras + np.array((33, 34, 35))])
    return {
        "points": prompts,
        "box": PromptSet(points, [1, 0], box),
        "mask": PromptSet(points, [1, 0], mask=a_mask()),
    }[kind]


def saved(folder, volume, prompts, earlier=None):
    """Write scan and segmentation as `sammoe segment` does; returns the mask."""
    client = FakeClient()
    client.set_volume(volume)
    result = client._result(prompts)
    write_volume(folder / "scan.nrrd", volume)
    prediction = Prediction(result, INFO, {"predict": 1.0})
    save(
        prediction, volume, prompts, OPTIONS, output=folder / "mask.seg.nrrd", earlier=earlier
    )  # fmt: skip
    return result.mask_kji


@pytest.fixture
def opened(slicerScene):
    """Open both files; returns session, client, segmentation node, id of its segment."""

    def open_(folder):
        client = FakeClient()
        session = SegmentationSession(slicerScene.scene, client, clock=FakeClock())
        scan = slicerScene.add("vtkMRMLScalarVolumeNode")
        storage = slicerScene.add("vtkMRMLVolumeArchetypeStorageNode")
        storage.SetFileName(str(folder / "scan.nrrd"))
        assert storage.ReadData(scan)
        session.setVolumeNode(scan)
        node = slicerScene.addSegmentation()
        storage = slicerScene.add("vtkMRMLSegmentationStorageNode")
        storage.SetFileName(str(folder / "mask.seg.nrrd"))
        assert storage.ReadData(node)
        return session, client, node, node.GetSegmentation().GetNthSegmentID(0)

    return open_


@pytest.mark.parametrize("kind", ["points", "box", "mask"])
def test_the_record_says_what_was_asked_for(opened, volume, tmp_path, kind):
    prompts = prompts_at(volume[1], kind)
    saved(tmp_path, volume[0], prompts)
    *_, node, segmentId = opened(tmp_path)
    record = Provenance.readFrom(node.GetSegmentation().GetSegment(segmentId))
    assert (record.options, record.expert) == (OPTIONS, "vessel")
    assert (record.bundle, record.bundle_hash) == ("fake | bundle", "0123abcd")
    again = record.prompts.toPromptSet()
    np.testing.assert_array_equal(again.points_ras, prompts.points_ras)
    np.testing.assert_array_equal(again.point_labels, prompts.point_labels)
    if kind == "box":
        np.testing.assert_allclose(again.box_ras.min(axis=0), prompts.box_ras[0])
        np.testing.assert_allclose(again.box_ras.max(axis=0), prompts.box_ras[1])
    if kind == "mask":
        np.testing.assert_array_equal(again.mask.mask_kji, prompts.mask.mask_kji)
        np.testing.assert_array_equal(again.mask.box_ijk, prompts.mask.box_ijk)


def test_a_mask_that_was_corrected_keeps_how_slicer_shows_it(opened, volume, tmp_path):
    """Written by Slicer, corrected on the command line, opened again."""
    saved(tmp_path, volume[0], prompts_at(volume[1], "points"))
    *_, node, segmentId = opened(tmp_path)
    entry = "a~SCT^1^Category~SCT^2^Kidney~^^~b~^^~^^"
    segment = node.GetSegmentation().GetSegment(segmentId)
    segment.SetName("Left kidney")
    segment.SetColor(0.1, 0.2, 0.3)
    segment.SetTag("TerminologyEntry", entry)
    assert node.GetStorageNode().WriteData(node)
    earlier = read_segment_info(tmp_path / "mask.seg.nrrd")
    saved(tmp_path, volume[0], prompts_at(volume[1], "mask"), earlier)
    *_, node, segmentId = opened(tmp_path)
    segment = node.GetSegmentation().GetSegment(segmentId)
    assert tagOf(segment, "TerminologyEntry") == entry
    assert Provenance.readFrom(segment).prompts.mask is not None
    assert segment.GetName() == "Left kidney"
    np.testing.assert_allclose(segment.GetColor(), (0.1, 0.2, 0.3))


def test_the_record_holds_scribbles_and_lassos_in_their_order(opened, volume, tmp_path):
    around = volume[1] + np.array([(-3, -3, 0.5), (3, -3, 0.5), (3, 3, 0), (-3, 3, 0)])
    prompts = PromptSet().with_curve(around[:2], 1, closed=False).with_point(volume[1], 1)
    prompts = prompts.with_curve(around, 0, closed=True)
    saved(tmp_path, volume[0], prompts)
    *_, node, segmentId = opened(tmp_path)
    record = Provenance.readFrom(node.GetSegmentation().GetSegment(segmentId)).prompts
    assert [click.number for click in record.clicks] == [2]
    scribble, lasso = record.curves
    assert (scribble.number, scribble.label, scribble.isClosed) == (1, 1, False)
    assert (lasso.number, lasso.label, lasso.isClosed) == (3, 0, True)
    np.testing.assert_array_equal(scribble.pointsRas, around[:2])
    np.testing.assert_array_equal(lasso.pointsRas, around)


@pytest.mark.parametrize("kind", ["points", "box", "mask"])
def test_replaying_gives_the_same_voxels(opened, volume, tmp_path, kind):
    mask = saved(tmp_path, volume[0], prompts_at(volume[1], kind))
    session, _, node, segmentId = opened(tmp_path)
    session.setSegment(node, segmentId)
    session.writer(node).clear(segmentId)
    session.replay()
    session.poll()
    again = SegmentReader(node).readMask(segmentId, volume[0])
    np.testing.assert_array_equal(again.mask_kji, mask[box_slices_kji(again.box_ijk)])
    assert again.mask_kji.sum() == mask.sum() > 0


def test_its_clicks_are_shown_and_the_next_one_continues_their_order(opened, volume, tmp_path):
    prompts = prompts_at(volume[1], "points")
    saved(tmp_path, volume[0], prompts)
    session, client, node, segmentId = opened(tmp_path)
    session.setSegment(node, segmentId)
    session.poll()
    assert client.asked == []
    session.promptNode(PromptRole.POSITIVE).AddControlPointWorld(*(volume[1] + np.array((0, 0, 4))))
    session.poll()
    asked, options = client.asked[-1]
    np.testing.assert_array_equal(asked.point_labels, [1, 0, 1])
    np.testing.assert_allclose(asked.points_ras[:2], prompts.points_ras, atol=1e-9)
    assert options == OPTIONS
