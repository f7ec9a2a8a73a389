"""Somebody hardens the segmentation's transform: other coordinates in the node, the same place."""

import numpy as np
import pytest

from fake_client import FakeClient, FakeClock
from painting_hand import CORNER
from SAMMoESlicerLib.Bridge import PromptRole, SegmentWriter, WriteMode
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from session_user import SETTLED_S, click, near
from slicer_scene import moved, segmentPoints


@pytest.fixture
def segmentationNode(slicerScene, transformNode):
    return slicerScene.addSegmentation(under=transformNode)


def points(segmentationNode, segmentId):
    return segmentPoints(segmentationNode, segmentId)


def assertSame(found, wanted):
    np.testing.assert_allclose(found, wanted, atol=1e-2)


def settle(session, clock):
    session.poll()
    clock.advance(SETTLED_S)
    session.poll()


@pytest.fixture
def painted(session, segmentId, segmentationNode, hand):
    """Where the segment is after somebody painted in it, (n, 3) RAS mm."""
    hand.draw(segmentId, add=CORNER)
    session.takeHandWork()
    return points(segmentationNode, segmentId)


def test_undo_and_redo_leave_what_was_painted_where_it_is(
    session, segmentId, segmentationNode, centre, painted
):
    click(session, centre)
    both = points(segmentationNode, segmentId)
    prompts = session.prompts
    segmentationNode.HardenTransform()
    session.poll()
    assert session.prompts.clicks == prompts.clicks
    assert len(session.prompts.edits) == 1
    assertSame(points(segmentationNode, segmentId), both)
    session.undo()
    assertSame(points(segmentationNode, segmentId), painted)
    session.redo()
    session.poll()
    assertSame(points(segmentationNode, segmentId), both)


def test_the_model_starts_from_the_mask_where_it_is(
    session, segmentId, segmentationNode, centre, client, painted
):
    session.useSegmentAsPrompt()
    session.poll()
    segmentationNode.HardenTransform()
    click(session, centre)
    asked = client.asked[-2:]
    masks = [prompts.mask for prompts, _ in asked]
    np.testing.assert_array_equal(masks[0].box_ijk, masks[1].box_ijk)
    np.testing.assert_array_equal(masks[0].mask_kji, masks[1].mask_kji)


def test_a_record_that_is_saved_afterwards_has_the_place_of_now(
    session, segmentId, segmentationNode, centre, painted
):
    click(session, centre)
    segmentationNode.HardenTransform()
    session.poll()
    (edit,) = session.record.prompts.edits
    assert edit.left.isSameAs(session.prompts.edits[0].left)
    assert edit.left.holds(painted[0])


def test_a_deleted_segment_comes_back_where_it_was(
    session, segmentId, segmentationNode, centre, painted
):
    session.addSegment(segmentationNode, "other")
    click(session, centre)
    session.setSegment(segmentationNode, segmentId)
    session.removeSegment()
    segmentationNode.HardenTransform()
    session.poll()
    session.undo()
    assertSame(points(segmentationNode, segmentId), painted)


def test_what_was_taken_from_another_segment_is_given_back_where_it_was(
    session, segmentId, segmentationNode, centre
):
    click(session, centre)
    whole = points(segmentationNode, segmentId)
    session.writer(segmentationNode).mode = WriteMode.OVERWRITE_OTHERS
    session.addSegment(segmentationNode, "taker")
    click(session, near(centre, 1, 0, 0))
    assert len(points(segmentationNode, segmentId)) < len(whole)
    segmentationNode.HardenTransform()
    session.poll()
    session.undo()
    session.poll()
    assertSame(points(segmentationNode, segmentId), whole)


@pytest.mark.parametrize("isEmptied", [False, True])
def test_a_transform_that_is_only_changed_takes_everything_along(
    session, segmentId, segmentationNode, centre, painted, slicerScene, patientMove, isEmptied
):
    if isEmptied:
        session.undo()
    else:
        click(session, centre, PromptRole.NEGATIVE)
    moved(segmentationNode, slicerScene.addTransform(np.eye(4)))
    session.poll()
    if isEmptied:
        session.redo()
    else:
        session.undo()
    back = painted - patientMove[:3, 3]
    wanted = back @ np.linalg.inv(patientMove[:3, :3]).T
    found = points(segmentationNode, segmentId)
    assertSame(np.sort(found, axis=0), np.sort(wanted, axis=0))


def test_what_is_chosen_only_afterwards_is_known_where_it_is(
    session, segmentId, segmentationNode, centre, painted, slicerScene, volumeNode
):
    click(session, centre)
    both = points(segmentationNode, segmentId)
    segmentationNode.HardenTransform()
    later = SegmentationSession(slicerScene.scene, FakeClient(), clock=FakeClock())
    later.setVolumeNode(volumeNode)
    later.setSegment(segmentationNode, segmentId)
    (edit,) = later.record.prompts.edits
    assert edit.left.holds(painted[0])
    click(later, near(centre, 1, 0, 0))
    assertSame(points(segmentationNode, segmentId), both)
    for _step in range(2):
        later.undo()
        later.poll()
    assertSame(points(segmentationNode, segmentId), painted)


def test_a_warp_that_is_hardened_takes_every_step_along(
    session, segmentId, segmentationNode, centre, painted, slicerScene
):
    twin = slicerScene.addSegmentation()
    twinId = SegmentWriter(twin).addSegment("as painted")
    SegmentWriter(twin).putBack(twinId, session.prompts.edits[-1].left)
    click(session, centre)
    for node in (twin, segmentationNode):
        moved(node, slicerScene.addWarp())
        session.poll()
        node.HardenTransform()
    session.poll()
    assert len(session.prompts.edits) == 1
    assert session.prompts.edits[0].left.isSameAs(session.record.prompts.edits[0].left)
    session.undo()
    assertSame(points(segmentationNode, segmentId), points(twin, twinId))


def test_marks_whose_transform_is_hardened_are_no_action(
    session, segmentId, centre, client, clock, transformNode
):
    nodes = [click(session, centre), session.promptNode(PromptRole.BOX)]
    for node in nodes:
        moved(node, transformNode)
    nodes[0].SetNthControlPointPositionWorld(0, *centre)
    nodes[1].SetSize(20, 22, 24)
    nodes[1].SetCenterWorld(*centre)
    settle(session, clock)
    asked = len(client.asked)
    for node in nodes:
        node.HardenTransform()
        settle(session, clock)
    assert len(client.asked) == asked


def test_a_warp_that_is_taken_off_again_changes_nothing(
    session, segmentId, segmentationNode, painted, transformNode, slicerScene
):
    moved(segmentationNode, slicerScene.addWarp())
    session.poll()
    moved(segmentationNode, transformNode)
    session.poll()
    session.undo()
    session.redo()
    assert len(session.prompts.edits) == 1
    assertSame(points(segmentationNode, segmentId), painted)
