"""Saved as .mrb, loaded into a scene that knows nothing of it, replayed to the same voxels."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import vtk

from fake_client import FakeClient, FakeClock
from sammoe import PredictOptions
from sammoe.errors import PromptError
from SAMMoESlicerLib.Bridge import PromptRole, Provenance, SegmentReader, VolumeReader
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from session_user import near
from slicer_scene import SlicerScene, segmentPoints, surfaceBounds


@pytest.fixture
def saved(tmp_path, slicerScene, session, volumeNode, segmentationNode, transformNode, centre):
    """A scene with a neighbour, a segment of three clicks and a closed surface, in a file."""
    session.setVolumeNode(volumeNode)
    segmentationNode.SetAndObserveTransformNodeID(transformNode.GetID())
    for name, shift in (("neighbour", (14, 0, 0)), ("ellipsoid", (0, 0, 0))):
        segmentId = session.addSegment(segmentationNode, name)
        for role, offset in (
            (PromptRole.POSITIVE, (0, 0, 0)),
            (PromptRole.NEGATIVE, (4.1, 0.3, 0.7)),
            (PromptRole.POSITIVE, (-3.3, 1 / 3, 0)),
        ):
            node = session.promptNode(role)
            node.SetAndObserveTransformNodeID(transformNode.GetID())
            node.AddControlPointWorld(vtk.vtkVector3d(*near(centre + shift, *offset)))
            session.poll()
            session.poll()
    segmentationNode.CreateClosedSurfaceRepresentation()
    path = tmp_path / "scene.mrb"
    assert slicerScene.scene.WriteToMRB(str(path), None)
    return path, segmentId, segmentPoints(segmentationNode, segmentId)


@pytest.fixture
def loaded(tmp_path, saved):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    loaded = SlicerScene(folder)
    assert loaded.scene.ReadFromMRB(str(saved[0]), True, None)
    yield loaded
    loaded.close()


@pytest.fixture
def loadedClient():
    return FakeClient()


@pytest.fixture
def loadedSession(loaded, loadedClient):
    session = SegmentationSession(loaded.scene, loadedClient, clock=FakeClock())
    session.setVolumeNode(loaded.first("vtkMRMLScalarVolumeNode"))
    return session


def test_voxels_surface_and_record_survive_saving(saved, loaded):
    _, segmentId, before = saved
    node = loaded.first("vtkMRMLSegmentationNode")
    np.testing.assert_allclose(segmentPoints(node, segmentId), before, atol=1e-3)
    assert surfaceBounds(node, segmentId) is not None
    record = Provenance.readFrom(node.GetSegmentation().GetSegment(segmentId))
    assert [click.label for click in record.prompts.clicks] == [1, 0, 1]
    assert record.bundle == "fake | bundle"


def test_a_loaded_segment_finds_its_markups_and_asks_nothing(
    saved, loaded, loadedSession, loadedClient
):
    loadedSession.setSegment(loaded.first("vtkMRMLSegmentationNode"), saved[1])
    loadedSession.poll()
    assert loadedClient.asked == []
    assert loadedSession.promptNode(PromptRole.POSITIVE).GetNumberOfControlPoints() == 2
    assert loaded.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsFiducialNode") == 4


def test_the_clicks_of_a_loaded_segment_can_be_undone(saved, loaded, loadedSession, loadedClient):
    loadedSession.setSegment(loaded.first("vtkMRMLSegmentationNode"), saved[1])
    loadedSession.undo()
    np.testing.assert_array_equal(loadedClient.asked[-1][0].point_labels, [1, 0])
    assert loadedSession.promptNode(PromptRole.POSITIVE).GetNumberOfControlPoints() == 1


def test_the_next_click_continues_the_order(saved, loaded, loadedSession, loadedClient, centre):
    loadedSession.setSegment(loaded.first("vtkMRMLSegmentationNode"), saved[1])
    node = loadedSession.promptNode(PromptRole.NEGATIVE)
    node.AddControlPointWorld(vtk.vtkVector3d(*near(centre, 0, 0, 5)))
    loadedSession.poll()
    prompts = loadedClient.asked[-1][0]
    np.testing.assert_array_equal(prompts.point_labels, [1, 0, 1, 0])
    np.testing.assert_allclose(prompts.points_ras[-1], near(centre, 0, 0, 5))


def test_replaying_gives_the_same_voxels(saved, loaded, loadedSession):
    _, segmentId, before = saved
    node = loaded.first("vtkMRMLSegmentationNode")
    volume = VolumeReader(loaded.first("vtkMRMLScalarVolumeNode")).read()
    reader = SegmentReader(node)
    expected = reader.readMask(segmentId, volume)
    loadedSession.setSegment(node, segmentId)
    loadedSession.writer(node).clear(segmentId)
    loadedSession.replay()
    loadedSession.poll()
    again = reader.readMask(segmentId, volume)
    np.testing.assert_array_equal(again.box_ijk, expected.box_ijk)
    np.testing.assert_array_equal(again.mask_kji, expected.mask_kji)
    np.testing.assert_allclose(segmentPoints(node, segmentId), before, atol=1e-3)


def test_replaying_a_segment_of_another_origin_says_so(loaded, loadedSession):
    loadedSession.addSegment(loaded.first("vtkMRMLSegmentationNode"), "by hand")
    with pytest.raises(PromptError, match="records no clicks"):
        loadedSession.replay()


def test_a_loaded_volume_has_the_same_content_to_the_last_bit(saved, loaded, volumeNode):
    before = VolumeReader(volumeNode).read()
    after = VolumeReader(loaded.first("vtkMRMLScalarVolumeNode")).read()
    assert after.content_hash == before.content_hash


def test_mask_and_points_of_a_later_versions_record_stay_until_somebody_clicks(
    saved, loaded, loadedSession, loadedClient, centre
):
    _, segmentId, before = saved
    node = loaded.first("vtkMRMLSegmentationNode")
    options = {**asdict(PredictOptions()), "muted": [], "of_a_later_version": 1}
    segment = node.GetSegmentation().GetSegment(segmentId)
    segment.SetTag("SAMMoE.options", json.dumps(options))
    failures = []
    loadedSession.failed.connect(failures.append)
    loadedSession.setSegment(node, segmentId)
    loadedSession.poll()
    loadedSession.poll()
    assert loadedClient.asked == []
    assert "later version" in failures[0]
    np.testing.assert_allclose(segmentPoints(node, segmentId), before, atol=1e-3)
    found = vtk.reference("")
    segment.GetTag("SAMMoE.options", found)
    assert json.loads(str(found)) == options
    points = loadedSession.promptNode(PromptRole.NEGATIVE)
    points.AddControlPointWorld(vtk.vtkVector3d(*near(centre, 0, 0, 5)))
    loadedSession.poll()
    prompts = loadedClient.asked[-1][0]
    np.testing.assert_array_equal(prompts.point_labels, [1, 0, 1, 0])
    assert prompts.mask is not None
    loadedSession.poll()
    assert len(loadedSession.record.prompts.clicks) == 4
