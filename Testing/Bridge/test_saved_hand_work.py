"""Painting between clicks in a scene that was saved and loaded."""

import numpy as np
import pytest

from fake_client import FakeClient, FakeClock
from painting_hand import CORNER, Hand, middle
from SAMMoESlicerLib.Bridge import PromptRole, SegmentWriter, WriteMode
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from session_user import click, near
from slicer_scene import SlicerScene


@pytest.fixture
def saveAndLoad(slicerScene, tmp_path):
    """Save the scene, load it into one that knows nothing of it, return session and hand."""
    opened = []

    def call(volume, segmentId):
        path = tmp_path / "scene.mrb"
        assert slicerScene.scene.WriteToMRB(str(path), None)
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        loaded = SlicerScene(folder)
        opened.append(loaded)
        assert loaded.scene.ReadFromMRB(str(path), True, None)
        node = loaded.first("vtkMRMLSegmentationNode")
        session = SegmentationSession(loaded.scene, FakeClient(), clock=FakeClock())
        session.setVolumeNode(loaded.first("vtkMRMLScalarVolumeNode"))
        return session, node, Hand(node, volume)

    yield call
    for loaded in opened:
        loaded.close()


def test_a_drawn_segment_with_a_click_saved_and_loaded_goes_back_to_what_was_drawn(
    session, segmentationNode, volumeNode, worldVolume, centre, hand, saveAndLoad
):
    session.setVolumeNode(volumeNode)
    writer = SegmentWriter(segmentationNode)
    segmentId = writer.addSegment("drawn by hand")
    drawn = hand.draw(segmentId, add=CORNER)
    session.setSegment(segmentationNode, segmentId)
    click(session, centre)
    loadedSession, node, loadedHand = saveAndLoad(worldVolume, segmentId)
    loadedSession.setSegment(node, segmentId)
    assert loadedHand.mask(segmentId).sum() > drawn.sum()
    loadedSession.undo()
    np.testing.assert_array_equal(loadedHand.mask(segmentId), drawn)
    loadedSession.redo()
    loadedSession.poll()
    assert loadedHand.mask(segmentId).sum() > drawn.sum()


def test_painting_between_clicks_is_a_step_of_a_loaded_scene(
    session, segmentId, worldVolume, centre, hand, saveAndLoad
):
    click(session, centre)
    predicted = hand.mask(segmentId)
    painted = hand.draw(segmentId, add=CORNER, remove=middle(predicted))
    click(session, near(centre, 3, 0, 0))
    final = hand.mask(segmentId)
    loadedSession, node, loadedHand = saveAndLoad(worldVolume, segmentId)
    loadedSession.setSegment(node, segmentId)
    np.testing.assert_array_equal(loadedHand.mask(segmentId), final)
    loadedSession.undo()
    np.testing.assert_array_equal(loadedHand.mask(segmentId), painted)
    loadedSession.undo()
    loadedSession.poll()
    np.testing.assert_array_equal(loadedHand.mask(segmentId), predicted)
    loadedSession.undo()
    assert not loadedSession.canUndo
    assert not loadedHand.mask(segmentId).any()


def test_what_was_painted_after_saving_by_somebody_else_is_kept(
    session, segmentId, worldVolume, centre, saveAndLoad
):
    click(session, centre)
    loadedSession, node, loadedHand = saveAndLoad(worldVolume, segmentId)
    painted = loadedHand.draw(segmentId, add=CORNER)
    loadedSession.setSegment(node, segmentId)
    click(loadedSession, near(centre, 3, 0, 0), PromptRole.NEGATIVE)
    assert loadedHand.mask(segmentId)[painted].all()


def test_what_somebody_else_erased_after_saving_does_not_come_back(
    session, segmentId, worldVolume, centre, hand, saveAndLoad
):
    click(session, centre)
    hand.draw(segmentId, add=CORNER)
    session.takeHandWork()
    loadedSession, node, loadedHand = saveAndLoad(worldVolume, segmentId)
    loadedHand.draw(segmentId, remove=CORNER)
    loadedSession.setSegment(node, segmentId)
    click(loadedSession, near(centre, 3, 0, 0))
    assert not loadedHand.mask(segmentId)[CORNER].any()
    loadedSession.undo()
    loadedSession.undo()
    assert loadedHand.mask(segmentId)[CORNER].all()


@pytest.mark.parametrize("takesBack", [False, True])
def test_what_another_segment_took_before_saving_is_no_hand_work(
    session, segmentId, segmentationNode, worldVolume, centre, hand, saveAndLoad, takesBack
):
    click(session, centre)
    had = hand.mask(segmentId).sum()
    session.addSegment(segmentationNode, "taker")
    session.writer(segmentationNode).mode = WriteMode.OVERWRITE_OTHERS
    click(session, near(centre, 4, 0, 0))
    assert hand.mask(segmentId).sum() < had
    if takesBack:
        session.undo()
        session.poll()
    loadedSession, node, _ = saveAndLoad(worldVolume, segmentId)
    loadedSession.setSegment(node, segmentId)
    assert loadedSession.prompts.clicks
    assert loadedSession.prompts.edits == ()


def test_a_stroke_is_saved_with_the_scene_and_undone_there(
    session, segmentId, worldVolume, centre, saveAndLoad
):
    curve = session.beginCurve(isClosed=False, isForeground=True)
    for x in (-3, 0, 3):
        curve.AddControlPointWorld(*near(centre, x, 0, 0))
    session.poll()
    assert session.prompts.isEmpty  # it is not drawn to its end yet
    session.endCurve(curve)
    session.poll()
    session.poll()
    drawn = session.prompts.curves
    loadedSession, node, loadedHand = saveAndLoad(worldVolume, segmentId)
    loadedSession.setSegment(node, segmentId)
    (found,) = loadedSession.prompts.curves
    np.testing.assert_allclose(found.pointsRas, drawn[0].pointsRas, atol=1e-3)
    assert loadedHand.mask(segmentId).any()
    loadedSession.undo()
    assert not loadedHand.mask(segmentId).any()
    assert loadedSession.prompts.isEmpty
