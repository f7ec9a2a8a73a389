"""Whole markups nodes that somebody deletes in another module: no mask goes with them."""

import pytest

from SAMMoESlicerLib.Bridge import PromptRole
from session_user import SETTLED_S, click, near
from slicer_scene import segmentPoints


def drawBox(session, centre):
    node = session.promptNode(PromptRole.BOX)
    node.SetSize(20, 20, 20)
    node.SetCenterWorld(*centre)
    return node


def drawScribble(session, centre):
    node = session.beginCurve(isClosed=False, isForeground=True)
    node.AddControlPointWorld(*centre)
    node.AddControlPointWorld(*near(centre, 2, 0, 0))
    session.endCurve(node)
    return node


@pytest.fixture
def settle(session, clock):
    def settle():
        for _ in range(4):
            clock.advance(SETTLED_S)
            session.poll()

    return settle


def points(segmentationNode, segmentId):
    return segmentPoints(segmentationNode, segmentId).round(2).tolist()


@pytest.mark.parametrize("draw", [click, drawBox, drawScribble])
def test_a_mask_stays_where_its_markups_were_deleted_and_undo_brings_them_back(
    session, segmentId, segmentationNode, slicerScene, centre, settle, draw
):
    node = draw(session, centre)
    settle()
    mask = points(segmentationNode, segmentId)
    assert mask
    prompts = session.prompts
    slicerScene.scene.RemoveNode(node)
    settle()
    assert session.prompts.isEmpty
    assert points(segmentationNode, segmentId) == mask
    session.undo()
    settle()
    assert session.prompts == prompts
    assert points(segmentationNode, segmentId) == mask
    session.redo()
    settle()
    assert points(segmentationNode, segmentId) == mask


def test_a_mask_stays_where_its_points_were_deleted_while_another_segment_was_chosen(
    session, segmentId, segmentationNode, slicerScene, centre, settle
):
    node = click(session, centre)
    mask = points(segmentationNode, segmentId)
    session.addSegment(segmentationNode, "next")
    slicerScene.scene.RemoveNode(node)
    settle()
    session.setSegment(segmentationNode, segmentId)
    session.promptNode(PromptRole.POSITIVE)  # placing goes on in it
    settle()
    assert points(segmentationNode, segmentId) == mask


def test_the_next_click_starts_from_the_mask_that_stayed(
    session, segmentId, segmentationNode, slicerScene, centre, client, settle
):
    slicerScene.scene.RemoveNode(click(session, centre))
    settle()
    count = len(points(segmentationNode, segmentId))
    click(session, near(centre, 1, 0, 0))
    assert client.asked[-1][0].mask.mask_kji.sum() == count
    assert len(client.asked[-1][0]) == 1


def test_a_list_without_points_that_is_deleted_says_nothing_of_the_next_click(
    session, segmentId, segmentationNode, slicerScene, centre, client, settle
):
    click(session, centre)
    slicerScene.scene.RemoveNode(session.promptNode(PromptRole.NEGATIVE))
    settle()
    click(session, near(centre, 1, 0, 0))
    assert len(client.asked) == 2
    assert session.prompts.edits == ()


def test_a_scribble_that_undo_takes_away_takes_its_mask_along(
    session, segmentId, segmentationNode, centre, settle
):
    click(session, centre)
    mask = points(segmentationNode, segmentId)
    drawScribble(session, near(centre, 0, 2, 0))
    settle()
    session.undo()
    settle()
    assert points(segmentationNode, segmentId) == mask
    click(session, near(centre, 1, 0, 0))
    assert session.prompts.edits == ()
