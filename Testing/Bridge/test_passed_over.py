"""A fast user goes on before the answer is there: every mask comes, the newest one first."""

import numpy as np
import pytest

from fake_client import FakeClient
from sammoe import Volume
from sammoe.errors import PromptError
from sammoe.worker import Failed
from SAMMoESlicerLib.Phase import Phase
from session_user import click, expected, near
from slicer_scene import segmentPoints


@pytest.fixture
def rows(session, segmentationNode, segmentId, centre, client):
    """Three rows with a click each, made faster than the first answer came; their ids."""
    client.holds = True
    click(session, centre)
    ids = [segmentId]
    for shift in (1, 2):
        ids.append(session.nextSegment(segmentationNode))
        click(session, near(centre, shift, 0, 0))
    assert len(set(ids)) == 3
    return ids


def answer(session, client):
    """Let the worker answer all it is asked; return the ids of the segments written, in order."""
    written = []
    session.resultWritten.connect(lambda segmentId, _result: written.append(segmentId))
    client.holds = False
    for _ in range(10):
        session.poll()
    return written


def sizes(segmentationNode, ids):
    return [len(segmentPoints(segmentationNode, id)) for id in ids]


def test_every_row_gets_its_mask_and_the_chosen_one_first(
    session, segmentationNode, rows, client, clock, worldVolume
):
    asked = [prompts for prompts, _ in client.asked]
    assert answer(session, client) == [rows[2], rows[0], rows[1]]
    for id, prompts in zip(rows, asked, strict=True):
        np.testing.assert_allclose(
            segmentPoints(segmentationNode, id), expected(worldVolume, prompts), atol=1e-3
        )
    assert session.failures == []
    assert session.segmentId == rows[2]
    assert len(client.asked) == 5  # none is asked a third time
    assert session.worker.phase is Phase.READY


def test_a_click_in_the_chosen_segment_goes_before_what_waits(
    session, segmentationNode, rows, client, centre
):
    client.holds = False
    session.poll()
    client.holds = True
    assert session.worker.request.target.segmentId == rows[0]
    click(session, near(centre, 0, 3, 0))
    assert len(client.asked[-1][0].points_ras) == 2
    assert answer(session, client) == [rows[2], rows[1], rows[0]]
    assert min(sizes(segmentationNode, rows)) > 0


def test_each_mask_is_made_in_the_volume_it_was_asked_in(
    slicerScene, session, segmentationNode, segmentId, centre, client, worldVolume
):
    client.holds = True
    click(session, centre)
    (prompts, _options) = client.asked[0]
    other = Volume(np.full((6, 50, 50), 7, np.int16), np.diag([3.0, 3.0, 9.0, 1.0]))
    session.setVolumeNode(slicerScene.addVolume(other))
    session.addSegment(slicerScene.addSegmentation(), "elsewhere")
    click(session, (30.0, 30.0, 18.0))
    answer(session, client)
    np.testing.assert_allclose(
        segmentPoints(segmentationNode, segmentId), expected(worldVolume, prompts), atol=1e-3
    )
    assert session.failures == []


def test_what_was_taken_back_is_not_asked_again(session, segmentationNode, rows, client):
    session.undo()
    session.undo()
    written = answer(session, client)
    assert written == [rows[0]]
    assert sizes(segmentationNode, rows[1:]) == [0, 0]


def test_a_segment_that_was_reset_is_not_asked_again(session, segmentationNode, rows, client):
    session.setSegment(segmentationNode, rows[0])
    session.reset()
    assert answer(session, client) == [rows[1], rows[2]]
    assert sizes(segmentationNode, rows[:1]) == [0]


@pytest.mark.parametrize("isForeign", [False, True])
def test_a_segment_that_was_deleted_is_not_asked_again(
    session, segmentationNode, rows, client, isForeign
):
    if isForeign:
        segmentationNode.GetSegmentation().RemoveSegment(rows[0])
    else:
        session.setSegment(segmentationNode, rows[0])
        session.removeSegment()
    assert rows[0] not in answer(session, client)
    assert min(sizes(segmentationNode, rows[1:])) > 0
    assert session.failures == []


def test_a_deleted_segment_that_is_back_gets_its_mask(session, segmentationNode, rows, client):
    session.setSegment(segmentationNode, rows[0])
    session.removeSegment()
    session.undo()
    assert sorted(answer(session, client)) == sorted(rows)
    assert min(sizes(segmentationNode, rows)) > 0


def test_a_scene_that_closes_leaves_nothing_to_ask(session, slicerScene, rows, client):
    session.forgetScene()
    slicerScene.scene.Clear(0)
    count = len(client.asked)
    assert answer(session, client) == []
    assert len(client.asked) == count


@pytest.mark.parametrize("giveUp", [lambda s: s.cancel(), lambda s: s.worker.stop()])
def test_who_cancels_gives_up_all_and_gets_a_mask_on_return(
    session, segmentationNode, rows, client, giveUp
):
    giveUp(session)
    assert answer(session, client) == []
    session.setSegment(segmentationNode, rows[0])
    assert answer(session, client) == [rows[0]]


def test_a_mask_that_fails_is_reported_once_and_the_others_come(
    session, segmentationNode, rows, client
):
    client.cancel(session.worker.request.id)
    client.report(Failed(session.worker.request.id, PromptError("no")))
    written = answer(session, client)
    assert written == rows[:2]
    assert session.failures == ["no"]


def test_another_client_gets_what_waits_as_well(session, segmentationNode, rows):
    other = FakeClient()
    session.worker.useClient(other)
    assert answer(session, other) == [rows[2], rows[0], rows[1]]


def test_a_decoders_own_mask_passes_nobody_over_for_good(
    session, segmentationNode, segmentId, centre, client
):
    click(session, centre)
    other = session.nextSegment(segmentationNode)
    client.holds = True
    click(session, centre)
    session.setSegment(segmentationNode, segmentId)
    session.wantDecoderMask("general")
    assert answer(session, client) == [other]
