"""Painting between clicks: a step of the history, kept by every later prediction."""

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from painting_hand import CORNER, middle
from sammoe import PredictOptions
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import PromptRole, SegmentWriter, WriteMode
from session_user import SETTLED_S, click, near
from slicer_scene import segmentPoints


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


def test_what_is_painted_while_the_model_is_at_work_is_undone_and_done_again_to_the_voxel(
    session, segmentId, centre, hand, client, clock
):
    node = click(session, centre)
    client.holds = True
    aside = transform_points([(1, 1, 1)], hand.volume.ijk_to_ras)[0]
    node.SetNthControlPointPositionWorld(0, *aside)  # another object: nothing of the first is left
    session.poll()
    clock.advance(SETTLED_S)
    session.poll()
    erased = np.s_[2:4, 3:10, 1:9]
    hand.draw(segmentId, add=CORNER)
    session.takeHandWork()
    hand.draw(segmentId, remove=erased)
    client.holds = False
    session.poll()
    shown = [hand.mask(segmentId)]
    for _step in range(2):
        session.undo()
        session.poll()
        shown.append(hand.mask(segmentId))
    assert shown[1][CORNER].all()
    assert (shown[1] & ~shown[0]).sum() == shown[1][erased].size
    for earlier in shown[1::-1]:
        session.redo()
        session.poll()
        np.testing.assert_array_equal(hand.mask(segmentId), earlier)


def test_what_is_painted_where_the_coming_mask_lies_is_kept_by_later_ones(
    session, segmentId, centre, hand, client
):
    client.holds = True
    click(session, centre)
    i, j, k = np.round(hand.volume.points_ijk([centre])[0]).astype(int)
    block = np.s_[k - 1 : k + 2, j - 1 : j + 2, i - 1 : i + 2]
    hand.draw(segmentId, add=block)
    client.holds = False
    session.poll()
    without = hand.mask(segmentId).sum()
    click(session, near(centre, 1, 0, 0), PromptRole.NEGATIVE)
    assert hand.mask(segmentId)[block].all()
    assert 27 < hand.mask(segmentId).sum() < without


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
