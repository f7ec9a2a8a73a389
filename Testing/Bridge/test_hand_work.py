"""Painting between clicks: a step of the history, kept by every later prediction."""

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from fake_client import FakeClient, FakeClock
from sammoe import PredictOptions
from sammoe.geometry import array_box, transform_points
from SAMMoESlicerLib.Bridge import PromptRole, SegmentReader, SegmentWriter, WriteMode
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from session_user import click, near
from slicer_scene import SlicerScene, segmentPoints


@pytest.fixture
def hand(segmentationNode, worldVolume):
    return Hand(segmentationNode, worldVolume)


class Hand:
    """Paints as the Segment Editor does: into the labelmap, past everything of ours."""

    def __init__(self, segmentationNode, volume):
        self.node, self.volume = segmentationNode, volume

    def draw(self, segmentId, *, add=None, remove=None):
        mask = self.mask(segmentId)
        for block, value in ((add, True), (remove, False)):
            if block is not None:
                mask[block] = value
        SegmentWriter(self.node).write(segmentId, self.volume, mask, array_box(mask.shape))
        return mask

    def mask(self, segmentId):
        """Return the segment on the whole of the volume's grid."""
        found = SegmentReader(self.node).readMask(segmentId, self.volume)
        mask = np.zeros(self.volume.array_kji.shape, bool)
        if found is not None:
            (i0, j0, k0), (i1, j1, k1) = found.box_ijk
            mask[k0:k1, j0:j1, i0:i1] = found.mask_kji
        return mask


CORNER = np.s_[2:6, 3:10, 1:9]


def middle(mask):
    """Return the part of a mask in its middle slices, to erase."""
    part = np.zeros_like(mask)
    k = np.flatnonzero(mask.any(axis=(1, 2)))
    part[k[len(k) // 2] : k[len(k) // 2] + 2] = True
    return part & mask


def test_what_was_painted_is_undone_and_comes_back_to_the_voxel(session, segmentId, centre, hand):
    click(session, centre)
    predicted = hand.mask(segmentId)
    painted = hand.draw(segmentId, add=CORNER, remove=middle(predicted))
    session.undo()
    session.poll()
    np.testing.assert_array_equal(hand.mask(segmentId), predicted)
    session.redo()
    np.testing.assert_array_equal(hand.mask(segmentId), painted)


def test_undo_and_redo_of_painting_need_no_engine(session, segmentId, centre, hand, client):
    painted = hand.draw(segmentId, add=CORNER)
    session.undo()
    assert not hand.mask(segmentId).any()
    session.redo()
    np.testing.assert_array_equal(hand.mask(segmentId), painted)
    assert client.asked == []


def test_a_threshold_that_moves_keeps_what_was_painted_and_erased(
    session, segmentId, centre, hand, client
):
    click(session, centre)
    erased = middle(hand.mask(segmentId))
    hand.draw(segmentId, add=CORNER, remove=erased)
    session.setOptions(PredictOptions(tau=0.2))
    session.poll()
    assert client.asked[-1][1].tau == 0.2
    mask = hand.mask(segmentId)
    assert mask[CORNER].all()
    assert not mask[erased].any()


def test_later_clicks_keep_what_was_painted_and_erased(session, segmentId, centre, hand, client):
    click(session, centre)
    predicted = hand.mask(segmentId)
    erased = middle(predicted)
    painted = hand.draw(segmentId, add=CORNER, remove=erased)
    click(session, near(centre, 3, 0, 0))
    mask = hand.mask(segmentId)
    assert mask[CORNER].all()
    assert not mask[erased].any()
    assert (mask & predicted & ~erased).sum() > 100
    prompt = client.asked[-1][0].mask
    assert prompt.mask_kji.sum() == painted.sum()


def test_a_later_stroke_goes_before_an_earlier_one(session, segmentId, centre, hand):
    click(session, centre)
    hand.draw(segmentId, add=CORNER)
    click(session, near(centre, 3, 0, 0))
    hand.draw(segmentId, remove=CORNER)
    click(session, near(centre, 0, 3, 0))
    assert not hand.mask(segmentId)[CORNER].any()
    session.undo()
    session.undo()
    session.poll()
    assert hand.mask(segmentId)[CORNER].all()


def test_what_is_painted_while_the_model_is_at_work_is_kept(
    session, segmentId, centre, hand, client
):
    click(session, centre)
    client.holds = True
    click(session, near(centre, 3, 0, 0))
    hand.draw(segmentId, add=CORNER)
    client.holds = False
    session.poll()
    assert hand.mask(segmentId)[CORNER].all()
    assert session.prompts.edits


def test_hand_work_is_released_only_by_saying_so(session, segmentId, centre, hand, client):
    click(session, centre)
    hand.draw(segmentId, add=CORNER)
    session.useSegmentAsPrompt()
    session.poll()
    assert session.prompts.edits == ()
    assert client.asked[-1][0].mask.mask_kji.sum() > 100
    click(session, transform_points([(4, 6, 4)], hand.volume.ijk_to_ras)[0], PromptRole.NEGATIVE)
    assert not hand.mask(segmentId)[4, 6, 4]
    session.undo()
    session.undo()
    assert hand.mask(segmentId)[CORNER].all()


def test_a_segment_drawn_before_its_first_click_keeps_its_voxels(
    session, segmentId, segmentationNode, centre, hand
):
    other = SegmentWriter(segmentationNode).addSegment("drawn")
    drawn = hand.draw(other, add=CORNER)
    session.setSegment(segmentationNode, other)
    click(session, centre)
    assert hand.mask(other)[drawn].all()
    assert hand.mask(other).sum() > drawn.sum()
    session.undo()
    np.testing.assert_array_equal(hand.mask(other), drawn)
    assert not session.canUndo


def test_reset_removes_the_prompts_and_leaves_what_was_drawn_before_them(
    session, segmentId, centre, hand
):
    drawn = hand.draw(segmentId, add=CORNER)
    click(session, centre)
    hand.draw(segmentId, remove=middle(hand.mask(segmentId)))
    session.reset()
    np.testing.assert_array_equal(hand.mask(segmentId), drawn)
    assert not session.canReset
    session.undo()
    assert not np.array_equal(hand.mask(segmentId), drawn)


def test_a_painted_segment_that_is_chosen_again_has_the_painting_as_a_step(
    session, segmentId, segmentationNode, centre, hand
):
    click(session, centre)
    predicted = hand.mask(segmentId)
    session.addSegment(segmentationNode, "other")
    hand.draw(segmentId, add=CORNER)
    session.setSegment(segmentationNode, segmentId)
    session.undo()
    session.poll()
    np.testing.assert_array_equal(hand.mask(segmentId), predicted)


def test_a_deleted_click_leaves_what_was_painted(session, segmentId, centre, hand):
    click(session, centre)
    hand.draw(segmentId, add=CORNER)
    session.takeHandWork()
    session.promptNode(PromptRole.POSITIVE).RemoveAllControlPoints()
    session.poll()
    only = np.zeros_like(hand.mask(segmentId))
    only[CORNER] = True
    np.testing.assert_array_equal(hand.mask(segmentId), only)


def test_painting_finer_than_the_volume_comes_back_exactly(
    session, segmentId, segmentationNode, centre
):
    fine = slicer.vtkOrientedImageData()
    fine.SetExtent(0, 15, 0, 15, 0, 15)
    fine.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    vtk_to_numpy(fine.GetPointData().GetScalars())[:] = np.arange(16**3) % 3 == 0
    fine.SetSpacing(0.21, 0.21, 0.21)
    fine.SetOrigin(*centre)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    logic.SetBinaryLabelmapToSegment(fine, segmentationNode, segmentId, logic.MODE_REPLACE)
    before = segmentPoints(segmentationNode, segmentId)
    click(session, centre)
    assert len(segmentPoints(segmentationNode, segmentId)) > 0
    session.undo()
    np.testing.assert_allclose(segmentPoints(segmentationNode, segmentId), before, atol=1e-3)


def test_what_a_neighbours_mask_took_is_no_hand_work(
    session, segmentId, segmentationNode, centre, hand
):
    click(session, centre)
    neighbour = session.addSegment(segmentationNode, "neighbour")
    session.writer(segmentationNode).mode = WriteMode.OVERWRITE_OTHERS
    counts = []
    session.neighboursTaken.connect(counts.append)
    had = hand.mask(segmentId).sum()
    click(session, centre)
    assert counts == [{"ellipsoid": had}]
    session.undo()
    session.poll()
    assert hand.mask(segmentId).sum() == had
    session.redo()
    session.poll()
    assert hand.mask(neighbour).sum() == had
    session.setSegment(segmentationNode, segmentId)
    assert session.prompts.edits == ()


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
