"""Undo, redo, reset, and going from segment to segment."""

import numpy as np
import vtk

from sammoe.geometry import array_box
from SAMMoESlicerLib.Bridge import PromptRole, Provenance, SegmentWriter
from session_user import SETTLED_S, click, near
from slicer_scene import segmentPoints


def test_undo_and_redo_go_through_every_action_to_any_depth(
    session, segmentationNode, segmentId, centre, client, clock
):
    node = click(session, centre)
    click(session, near(centre, 5, 0, 0), PromptRole.NEGATIVE)
    node.SetNthControlPointPositionWorld(0, *near(centre, 0, 2, 0))
    session.poll()
    clock.advance(SETTLED_S)
    session.poll()
    node.RemoveAllControlPoints()
    click(session, near(centre, 0, -3, 0))
    asked = [prompts for prompts, _ in client.asked]
    seen = [segmentPoints(segmentationNode, segmentId)]
    while session.canUndo:
        session.undo()
        session.poll()
        seen.append(segmentPoints(segmentationNode, segmentId))
    assert len(seen[-1]) == 0
    assert len(asked) == 4
    for prompts, again in zip(asked[-2::-1], client.asked[4:], strict=True):
        np.testing.assert_array_equal(prompts.points_ras, again[0].points_ras)
    for before in seen[-2::-1]:
        session.redo()
        session.poll()
        np.testing.assert_array_equal(segmentPoints(segmentationNode, segmentId), before)
    assert not session.canRedo


def test_undo_right_after_a_point_was_moved_takes_back_that_move_only(session, segmentId, centre):
    node = click(session, centre)
    click(session, near(centre, 5, 0, 0))
    placed = session.prompts
    node.SetNthControlPointPositionWorld(0, *near(centre, 0, 2, 0))
    session.undo()
    assert session.prompts == placed
    assert session.canRedo


def test_a_click_is_not_forgotten_when_another_segment_is_chosen_at_once(
    session, segmentationNode, segmentId, centre, client
):
    node = session.promptNode(PromptRole.POSITIVE)
    node.AddControlPointWorld(vtk.vtkVector3d(*centre))
    session.nextSegment(segmentationNode)
    session.poll()
    session.poll()
    assert session.segmentId != segmentId
    assert len(client.asked) == 1
    assert len(segmentPoints(segmentationNode, segmentId)) > 0


def test_a_double_click_is_one_click_and_another_label_or_place_is_not(
    session, segmentId, centre, client
):
    node = click(session, centre)
    click(session, near(centre, 0.01, 0, 0))
    assert node.GetNumberOfControlPoints() == len(session.prompts.clicks) == len(client.asked) == 1
    click(session, centre, PromptRole.NEGATIVE)
    click(session, centre)
    click(session, near(centre, 5, 0, 0))
    assert [each.label for each in session.prompts.clicks] == [1, 0, 1, 1]
    node.AddControlPointWorld(vtk.vtkVector3d(*near(centre, 9, 0, 0)))
    session.poll()
    session.cancel()
    asked = len(client.asked)
    click(session, near(centre, 9, 0, 0))  # because the mask has not come
    assert len(session.prompts.clicks) == 5
    assert len(client.asked) == asked + 1


def test_undo_puts_markups_back_and_is_no_action_itself(session, segmentId, centre, client):
    node = click(session, centre)
    click(session, near(centre, 3, 0, 0))
    session.undo()
    count = len(client.asked)
    for _ in range(5):
        session.poll()
    assert node.GetNumberOfControlPoints() == 1
    assert len(client.asked) == count
    assert session.canRedo


def test_a_new_action_after_undo_cuts_off_what_could_be_redone(session, segmentId, centre):
    click(session, centre)
    click(session, near(centre, 3, 0, 0))
    session.undo()
    click(session, near(centre, 5, 0, 0), PromptRole.NEGATIVE)
    assert not session.canRedo


def test_reset_gives_back_what_the_segment_was_and_can_be_undone(
    session, segmentationNode, volumeNode, worldVolume, centre
):
    writer = SegmentWriter(segmentationNode)
    segmentId = writer.addSegment("drawn by hand")
    drawn = np.zeros(worldVolume.array_kji.shape, bool)
    drawn[2:5, 3:9, 1:8] = True
    writer.write(segmentId, worldVolume, drawn, array_box(drawn.shape))
    before = segmentPoints(segmentationNode, segmentId)
    session.setVolumeNode(volumeNode)
    session.setSegment(segmentationNode, segmentId)
    node = click(session, centre)
    made = segmentPoints(segmentationNode, segmentId)
    session.reset()
    np.testing.assert_array_equal(segmentPoints(segmentationNode, segmentId), before)
    assert node.GetNumberOfControlPoints() == 0
    assert Provenance.readFrom(segmentationNode.GetSegmentation().GetSegment(segmentId)) is None
    session.undo()
    session.poll()
    np.testing.assert_array_equal(segmentPoints(segmentationNode, segmentId), made)


def test_each_segment_keeps_its_own_prompts_and_shows_only_them(
    session, segmentationNode, segmentId, centre
):
    first = click(session, centre)
    other = session.addSegment(segmentationNode, "other")
    assert not first.GetDisplayVisibility()
    click(session, near(centre, 13, 0, 0))
    made = segmentPoints(segmentationNode, other)
    session.setSegment(segmentationNode, segmentId)
    assert first.GetDisplayVisibility()
    assert session.promptNode(PromptRole.POSITIVE) is first
    assert len(session.prompts.clicks) == 1
    np.testing.assert_array_equal(segmentPoints(segmentationNode, other), made)


def test_a_segment_left_before_its_answer_is_asked_for_again_on_return(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    click(session, centre)
    other = session.addSegment(segmentationNode, "other")
    click(session, centre)
    client.holds = False
    session.poll()
    assert len(segmentPoints(segmentationNode, segmentId)) == 0
    assert len(segmentPoints(segmentationNode, other)) > 0
    session.setSegment(segmentationNode, segmentId)
    session.poll()
    assert len(segmentPoints(segmentationNode, segmentId)) > 0


def test_what_was_painted_becomes_the_mask_the_next_click_starts_from(
    session, segmentationNode, segmentId, centre, client, worldVolume
):
    click(session, centre)
    painted = np.zeros(worldVolume.array_kji.shape, bool)
    painted[2:5, 3:9, 1:8] = True
    SegmentWriter(segmentationNode).write(segmentId, worldVolume, painted, array_box(painted.shape))
    session.useSegmentAsPrompt()
    click(session, centre, PromptRole.NEGATIVE)
    np.testing.assert_array_equal(client.asked[-1][0].mask.box_ijk, [(1, 3, 2), (8, 9, 5)])
    assert client.asked[-1][0].mask.mask_kji.all()
