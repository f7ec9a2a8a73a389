"""The whole way, nothing faked: Slicer's scene, the worker's process, a model of random weights."""

import time

import numpy as np
import pytest
import vtk

from sammoe.worker import WorkerClient
from SAMMoESlicerLib.Bridge import PromptRole, Provenance, SegmentReader
from SAMMoESlicerLib.Phase import Phase
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.SegmentOnce import segmentOnce
from slicer_scene import SlicerScene
from tiny_bundle import write_tiny_bundle

PATIENCE_S = 600.0  # against hanging only


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny", seed=4)


@pytest.fixture
def newSession(bundle):
    """Make sessions with a worker of their own; all end with the test."""
    sessions = []

    def make(slicerScene):
        client = WorkerClient(bundle=bundle.path, device="cpu", threads=1)
        session = SegmentationSession(slicerScene.scene, client)
        session.failures, session.results = [], []
        session.failed.connect(session.failures.append)
        session.resultWritten.connect(lambda _, result: session.results.append(result))
        sessions.append(session)
        return session

    yield make
    for session in sessions:
        session.close()


def untilResult(session, count):
    end_s = time.monotonic() + PATIENCE_S
    while len(session.results) < count and not session.failures and time.monotonic() < end_s:
        session.poll()
        time.sleep(0.01)
    assert session.failures == []
    assert len(session.results) == count
    return session.results[-1]


def untilFailure(session):
    end_s = time.monotonic() + PATIENCE_S
    while not session.failures and time.monotonic() < end_s:
        session.poll()
        time.sleep(0.01)


def place(session, role, position):
    session.promptNode(role).AddControlPointWorld(vtk.vtkVector3d(*position))


def test_clicks_in_a_scene_become_a_segment_and_a_saved_scene_replays_to_the_same_voxels(
    tmp_path, slicerScene, newSession, volumeNode, worldVolume, segmentationNode, centre
):
    session = newSession(slicerScene)
    session.setVolumeNode(volumeNode)
    segmentId = session.addSegment(segmentationNode)
    place(session, PromptRole.POSITIVE, centre)
    first = untilResult(session, 1)
    assert first.timings_ms
    place(session, PromptRole.NEGATIVE, centre + np.array((6, 0, 0)))
    second = untilResult(session, 2)

    mask = SegmentReader(segmentationNode).readMask(segmentId, worldVolume)
    np.testing.assert_array_equal(mask.mask_kji, second.mask_box_kji)
    np.testing.assert_array_equal(mask.box_ijk, second.box_ijk)
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    record = Provenance.readFrom(segment)
    assert (record.expert, record.scores) == (second.expert, second.scores)
    assert record.bundle == "Tiny"
    assert segment.GetName() == session.worker.info.expertCard(second.expert).name

    session.undo()
    undone = untilResult(session, 3)
    np.testing.assert_array_equal(undone.mask_kji, first.mask_kji)
    assert undone.timings_ms == {}, "undo ran the model"
    session.redo()
    untilResult(session, 4)

    path = tmp_path / "scene.mrb"
    assert slicerScene.scene.WriteToMRB(str(path), None)
    loaded = SlicerScene(tmp_path)
    assert loaded.scene.ReadFromMRB(str(path), True, None)
    again = newSession(loaded)
    again.setVolumeNode(loaded.first("vtkMRMLScalarVolumeNode"))
    again.setSegment(loaded.first("vtkMRMLSegmentationNode"), segmentId)
    again.replay()
    np.testing.assert_array_equal(untilResult(again, 1).mask_kji, second.mask_kji)
    loaded.close()


def test_a_script_segments_in_one_call(
    slicerScene, newSession, volumeNode, segmentationNode, centre
):
    session = newSession(slicerScene)
    segmentId = segmentOnce(session, volumeNode, segmentationNode, positivePoints=[centre])
    assert segmentationNode.GetSegmentation().GetSegment(segmentId) is not None


def test_a_point_outside_the_volume_is_reported_by_the_worker(
    slicerScene, newSession, volumeNode, segmentationNode, centre
):
    session = newSession(slicerScene)
    session.setVolumeNode(volumeNode)
    session.addSegment(segmentationNode)
    place(session, PromptRole.POSITIVE, centre + np.array((500, 0, 0)))
    untilFailure(session)
    assert "outside" in session.failures[0]


def test_a_bundle_that_is_not_there_is_reported_and_another_one_works(
    tmp_path, slicerScene, newSession, bundle, volumeNode, segmentationNode, centre
):
    session = newSession(slicerScene)
    session.worker.useClient(WorkerClient(bundle=tmp_path / "nowhere", device="cpu", threads=1))
    session.setVolumeNode(volumeNode)
    session.addSegment(segmentationNode)
    place(session, PromptRole.POSITIVE, centre)
    untilFailure(session)
    assert "nowhere" in session.failures[0]
    assert session.worker.phase is Phase.OFF
    session.failures.clear()
    session.worker.useClient(WorkerClient(bundle=bundle.path, device="cpu", threads=1))
    session.segment()
    untilResult(session, 1)
