"""What comes before the answer: outlined, in no segment, gone with whatever comes next."""

import pytest

from sammoe.worker import Preview
from SAMMoESlicerLib.PreviewOverlay import PreviewOverlay
from session_user import click
from slicer_scene import segmentPoints


@pytest.fixture
def overlay(session, slicerScene):
    shown = PreviewOverlay(session, slicerScene.scene)
    yield shown
    shown.close()


@pytest.fixture
def asked(session, segmentId, centre, client, worldVolume, overlay):
    """A click whose answer is still to come; the number of its request."""
    client.holds = True
    click(session, centre)
    return client._waiting[0]


def preview(session, client, id):
    client.report(Preview(id, client._result(client.asked[0][0])))
    session.poll()


def test_it_is_outlined_and_the_segment_stays_empty(
    session, segmentationNode, segmentId, client, overlay, asked
):
    preview(session, client, asked)
    assert overlay.isShown
    assert len(segmentPoints(segmentationNode, segmentId)) == 0
    assert not session.canUndo or session.prompts.clicks


def test_the_answer_takes_its_place(session, segmentationNode, segmentId, client, overlay, asked):
    preview(session, client, asked)
    client.holds = False
    session.poll()
    assert not overlay.isShown
    assert len(segmentPoints(segmentationNode, segmentId)) > 0


def test_it_goes_when_the_request_is_given_up(session, client, overlay, asked):
    preview(session, client, asked)
    session.cancel()
    assert not overlay.isShown


def test_one_that_comes_late_or_for_another_segment_is_not_shown(session, client, overlay, asked):
    preview(session, client, asked + 1)
    assert not overlay.isShown
    session.setSegment(None, "")
    preview(session, client, asked)
    assert not overlay.isShown
