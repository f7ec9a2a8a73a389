"""A record that a later version wrote: it is said, and nothing of it is lost."""

import json

import pytest

from sammoe.errors import PromptError
from SAMMoESlicerLib.Bridge import Provenance
from SAMMoESlicerLib.Bridge.Provenance import tagOf
from SAMMoESlicerLib.Bridge.UnreadRecord import ASIDE
from session_user import click, near


def fromLater(change):
    """Let a later version have written of something unknown here; takes a segment's tag apart."""

    def rewrite(segment):
        values = json.loads(Provenance.tagsOf(segment)["SAMMoE.prompts"])
        change(values)
        segment.SetTag("SAMMoE.prompts", json.dumps(values))
        return Provenance.tagsOf(segment)

    return rewrite


CHANGES = {
    "spheres": lambda values: values.update(spheres=[{"radiusMm": 3.0}]),
    "radiusMm": lambda values: values["clicks"][0].update(radiusMm=3.0),
}


@pytest.fixture(params=CHANGES)
def unread(request, session, segmentId, segmentationNode, centre):
    """A segment of a later version that nobody has chosen yet; returns its tags, what is new."""
    click(session, centre)
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    tags = fromLater(CHANGES[request.param])(segment)
    session.forgetScene()
    return tags, request.param


def tagsOf(segmentationNode, segmentId):
    return Provenance.tagsOf(segmentationNode.GetSegmentation().GetSegment(segmentId))


def test_what_is_not_known_is_named_and_the_record_stays(
    session, segmentId, segmentationNode, unread
):
    tags, name = unread
    session.setSegment(segmentationNode, segmentId)
    session.poll()
    (message,) = session.failures
    assert name in message
    assert "update it" in message
    assert tagsOf(segmentationNode, segmentId) == tags


def test_a_click_keeps_the_record_and_undo_brings_it_back(
    session, segmentId, segmentationNode, volumeNode, centre, unread, hand
):
    before = hand.mask(segmentId)
    session.setVolumeNode(volumeNode)
    session.setSegment(segmentationNode, segmentId)
    click(session, near(centre, 3, 0, 0))
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    assert session.record is not None
    assert json.loads(tagOf(segment, ASIDE)) == unread[0]
    session.undo()
    session.poll()
    assert (hand.mask(segmentId) == before).all()
    assert tagsOf(segmentationNode, segmentId) == unread[0]


def test_an_empty_list_of_something_new_is_nothing_to_lose(session, segmentId, centre):
    click(session, centre)
    values = json.loads(Provenance.tagsOf(session._targets.get().segment)["SAMMoE.prompts"])
    assert Provenance.prompts_from({**values, "spheres": []}).clicks
    with pytest.raises(PromptError):
        Provenance.prompts_from({**values, "spheres": [1]})
