"""What a session makes of the worker's answers, failures and restarts."""

import numpy as np
import pytest

from fake_client import FakeClient
from grids import affine
from sammoe import Volume
from sammoe.errors import CheckpointError, PromptError, WorkerError
from sammoe.worker import Crashed, Failed, Predicted
from SAMMoESlicerLib.Bridge import PromptRole, Provenance
from SAMMoESlicerLib.Phase import Phase
from session_user import click, near
from slicer_scene import segmentPoints


def test_an_answer_nobody_waits_for_is_dropped(
    session, segmentationNode, segmentId, centre, client, worldVolume
):
    client.holds = True
    click(session, centre)
    late = client._result(client.asked[0][0])
    session.cancel()
    client.report(Predicted(2, late))
    session.poll()
    assert len(segmentPoints(segmentationNode, segmentId)) == 0
    assert session.worker.phase is Phase.READY


def test_a_segment_removed_while_its_answer_is_under_way_harms_nothing(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    node = click(session, centre)
    segmentationNode.GetSegmentation().RemoveSegment(segmentId)
    client.holds = False
    session.poll()
    assert session.failures == []
    assert session.segmentId is None
    assert not node.GetDisplayVisibility()


def test_a_scene_that_closes_is_let_go_and_the_engine_stays(
    session, slicerScene, segmentId, centre, client
):
    click(session, centre)
    session.forgetScene()
    slicerScene.scene.Clear(0)
    session.poll()
    assert session.segmentId is None
    assert not client.isClosed
    with pytest.raises(PromptError, match="no segment"):
        session.promptNode(PromptRole.POSITIVE)


def test_the_phase_follows_the_engine(session, segmentId, centre, client):
    phases = []
    session.stateChanged.connect(lambda: phases.append(session.worker.phase))
    client.holds = True
    click(session, centre)
    assert session.worker.stage == "encode"
    client.holds = False
    session.poll()
    order = [phase for n, phase in enumerate(phases) if phase not in phases[:n]]
    assert order == [Phase.STARTING, Phase.WORKING, Phase.READY]
    assert session.worker.stage == ""


def test_a_failed_request_is_reported_and_the_next_one_works(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    click(session, centre)
    client.report(Failed(2, PromptError("the point lies outside the volume")))
    session.poll()
    assert session.failures == ["the point lies outside the volume"]
    client.holds = False
    click(session, near(centre, 1, 0, 0))
    assert len(segmentPoints(segmentationNode, segmentId)) > 0


def test_a_crash_is_reported_and_its_answer_still_written_after_the_restart(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    click(session, centre)
    client.report(Crashed(WorkerError("killed"), restart_in_s=1.0))
    session.poll()
    assert session.worker.phase is Phase.STARTING
    client.holds = False
    client.start()
    session.poll()
    assert session.failures == ["killed"]
    assert len(segmentPoints(segmentationNode, segmentId)) > 0


@pytest.mark.parametrize(
    "event",
    [
        Crashed(WorkerError("no torch"), restart_in_s=None),
        Failed(0, CheckpointError("the bundle is damaged")),
    ],
)
def test_an_engine_that_gave_up_is_started_afresh_by_the_next_request(
    session, segmentationNode, segmentId, centre, client, event
):
    client.isSilent = True
    click(session, centre)
    client.report(event)
    session.poll()
    assert session.worker.phase is Phase.OFF
    assert session.failures == [str(event.error)]
    client.isSilent = False
    session.segment()
    session.poll()
    assert session.worker.phase is Phase.READY
    assert len(segmentPoints(segmentationNode, segmentId)) > 0


def test_closing_ends_the_engine(session, client):
    session.start()
    session.close()
    assert client.isClosed
    assert session.worker.phase is Phase.OFF


def test_a_decoders_own_mask_is_shown_and_neither_written_nor_a_step(
    session, segmentationNode, segmentId, centre, client
):
    ownMasks = []
    session.decoderMaskReady.connect(lambda *values: ownMasks.append(values))
    click(session, centre)
    before = segmentPoints(segmentationNode, segmentId)
    session.wantDecoderMask("general")
    session.poll()
    ((decoder, volume, _),) = ownMasks
    assert (decoder, volume) == ("general", client.volume)
    assert client.asked[-1][1].decoder == "general"
    record = Provenance.readFrom(segmentationNode.GetSegmentation().GetSegment(segmentId))
    assert record.options.decoder is None
    np.testing.assert_array_equal(segmentPoints(segmentationNode, segmentId), before)
    session.undo()
    assert not session.canUndo


def test_a_decoders_own_mask_waits_for_the_click_under_way_and_follows_each_later_one(
    session, segmentationNode, segmentId, centre, client
):
    ownMasks = []
    session.decoderMaskReady.connect(lambda *values: ownMasks.append(values))
    client.holds = True
    click(session, centre)
    session.wantDecoderMask("vessel")
    client.holds = False
    session.poll()
    assert len(segmentPoints(segmentationNode, segmentId)) > 0
    session.poll()
    assert len(ownMasks) == 1
    click(session, near(centre, 5, 0, 0), PromptRole.NEGATIVE)
    session.poll()
    assert len(ownMasks) == 2
    session.wantDecoderMask(None)
    count = len(client.asked)
    click(session, near(centre, 0, 5, 0), PromptRole.NEGATIVE)
    assert len(client.asked) == count + 1


def test_another_client_gets_volume_and_request_of_the_old_one(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    click(session, centre)
    other = FakeClient()
    session.worker.useClient(other)
    session.poll()
    assert client.isClosed
    assert other.volumes == client.volumes
    assert len(segmentPoints(segmentationNode, segmentId)) > 0


def test_a_client_changed_before_the_start_waits_for_the_first_click(session, segmentId, centre):
    other = FakeClient()
    session.worker.useClient(other)
    assert (other.starts, session.worker.phase) == (0, Phase.OFF)
    click(session, centre)
    assert len(other.asked) == 1


class RefusingClient(FakeClient):
    """Has no memory for a volume of `refused` shape, and goes on with the one it has."""

    refused = None
    tells = True

    def set_volume(self, volume):
        if volume.array_kji.shape != self.refused:
            return super().set_volume(volume)
        self.volumes.append(volume)
        id = next(self._ids)
        if self.tells:
            self.report(Failed(id, WorkerError("no memory for the volume")))
        return id


@pytest.fixture
def refusal(slicerScene, session, segmentationNode, segmentId, centre):
    """A second scan, chosen with a segment of its own, for which the engine has no memory."""
    client = RefusingClient()
    session.worker.useClient(client)
    click(session, centre)
    smaller = Volume(np.zeros((6, 7, 8), np.int16), affine(np.eye(3), (1, 1, 1), centre - 3))
    client.refused = smaller.array_kji.shape
    session.setVolumeNode(slicerScene.addVolume(smaller))
    node = slicerScene.addSegmentation()
    return client, node, session.addSegment(node, "elsewhere")


def test_nothing_is_written_from_the_volume_before_when_the_next_one_is_refused(
    session, centre, refusal
):
    client, node, segmentId = refusal
    click(session, centre)
    session.poll()
    assert session.failures == ["no memory for the volume"]
    assert session.worker.phase is Phase.READY
    assert len(segmentPoints(node, segmentId)) == 0
    client.refused = None
    session.segment()
    session.poll()
    assert len(client.volumes) == 3
    assert len(segmentPoints(node, segmentId)) == 6 * 7 * 8


def test_a_result_on_another_grid_is_refused_and_the_volume_handed_over_again(
    session, centre, refusal
):
    client, node, segmentId = refusal
    client.tells = False
    click(session, centre)
    session.poll()
    assert "another volume" in session.failures[0]
    assert len(segmentPoints(node, segmentId)) == 0
    client.refused = None
    session.segment()
    session.poll()
    assert len(segmentPoints(node, segmentId)) == 6 * 7 * 8


def test_a_volume_that_was_refused_is_not_handed_over_to_look_ahead(session, centre, refusal):
    client, _node, _segmentId = refusal
    for _rest in range(3):
        session.lookAhead(tuple(centre))
        session.poll()
    assert len(client.volumes) == 2
    assert session.failures == ["no memory for the volume"]
