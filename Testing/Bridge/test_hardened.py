"""Somebody hardens the segmentation's transform: other coordinates in the node, the same place."""

import numpy as np
import pytest

from painting_hand import CORNER
from SAMMoESlicerLib.Bridge import PromptRole, WriteMode
from session_user import click, near
from slicer_scene import moved, segmentPoints


@pytest.fixture
def segmentationNode(slicerScene, transformNode):
    return slicerScene.addSegmentation(under=transformNode)


def points(segmentationNode, segmentId):
    return segmentPoints(segmentationNode, segmentId)


def assertSame(found, wanted):
    np.testing.assert_allclose(found, wanted, atol=1e-2)


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


def test_a_transform_that_is_only_changed_takes_everything_along(
    session, segmentId, segmentationNode, centre, painted, slicerScene, patientMove
):
    click(session, centre, PromptRole.NEGATIVE)
    moved(segmentationNode, slicerScene.addTransform(np.eye(4)))
    session.poll()
    session.undo()
    back = painted - patientMove[:3, 3]
    wanted = back @ np.linalg.inv(patientMove[:3, :3]).T
    found = points(segmentationNode, segmentId)
    assertSame(np.sort(found, axis=0), np.sort(wanted, axis=0))
