"""The story of a click, told with Slicer's own scene and an engine that answers in-process."""

import numpy as np
import pytest
import vtk

from fake_client import FakeClient, grown
from sammoe import PredictOptions, PromptSet
from sammoe.errors import CheckpointError, PromptError, WorkerError
from sammoe.geometry import array_box, transform_points
from sammoe.worker import Crashed, Failed, Predicted
from SAMMoESlicerLib.Bridge import PromptRole, Provenance, SegmentReader, SegmentWriter
from SAMMoESlicerLib.Phase import Phase
from SAMMoESlicerLib.SegmentOnce import segmentOnce
from slicer_scene import moved, segmentPoints

SETTLED_S = 1.0


def click(session, role, position):
    node = session.promptNode(role)
    node.AddControlPointWorld(vtk.vtkVector3d(*position))
    session.poll()
    session.poll()
    return node


def near(point, x, y, z):
    return np.add(point, (x, y, z))


def points(segmentationNode, segmentId):
    return segmentPoints(segmentationNode, segmentId)


def expected(worldVolume, prompts):
    mask = grown(worldVolume, prompts)
    points = transform_points(np.argwhere(mask)[:, ::-1], worldVolume.ijk_to_ras)
    return points[np.lexsort(points.round(3).T)]


def test_a_click_in_an_oblique_ct_under_a_transform_puts_the_mask_where_the_object_is(
    session, segmentationNode, segmentId, centre, patientMove, ellipsoid
):
    click(session, PromptRole.POSITIVE, centre)
    found = points(segmentationNode, segmentId)
    _, mask, centre_ras = ellipsoid
    assert len(found) == mask.sum()
    in_patient = transform_points(found, np.linalg.inv(patientMove))
    assert ((((in_patient - centre_ras) / (11, 9, 12)) ** 2).sum(axis=1) <= 1 + 1e-4).all()
    assert np.linalg.norm(found - centre, axis=1).min() < 2
    assert session.failures == []


def test_markups_under_another_transform_mean_their_place_in_the_world(
    session, slicerScene, segmentationNode, segmentId, centre, patientMove, client
):
    node = session.promptNode(PromptRole.POSITIVE)
    moved(node, slicerScene.addTransform(np.linalg.inv(patientMove) @ patientMove @ patientMove))
    click(session, PromptRole.POSITIVE, centre)
    np.testing.assert_allclose(client.asked[-1][0].points_ras, [centre], atol=1e-9)
    assert len(points(segmentationNode, segmentId)) > 100


def test_clicks_arrive_in_their_order_with_their_labels(session, segmentId, centre, client):
    click(session, PromptRole.POSITIVE, centre)
    click(session, PromptRole.NEGATIVE, near(centre, 5, 0, 0))
    click(session, PromptRole.POSITIVE, near(centre, 0, 5, 0))
    prompts = client.asked[-1][0]
    np.testing.assert_array_equal(prompts.point_labels, [1, 0, 1])
    np.testing.assert_allclose(prompts.points_ras[1], near(centre, 5, 0, 0))
    assert len(client.asked) == 3


def test_the_voxels_are_handed_over_once(session, volumeNode, segmentId, centre, client):
    click(session, PromptRole.POSITIVE, centre)
    session.setVolumeNode(volumeNode)
    click(session, PromptRole.NEGATIVE, near(centre, 5, 0, 0))
    assert len(client.volumes) == 1


def test_a_box_is_asked_for_when_it_has_come_to_rest(session, segmentId, centre, client, clock):
    box = session.promptNode(PromptRole.BOX)
    box.SetCenterWorld(*centre)
    for size in (5, 10, 15):
        box.SetSize(size, size, size)
        session.poll()
        clock.advance(0.05)
    assert client.asked == []
    clock.advance(SETTLED_S)
    session.poll()
    ((prompts, _),) = client.asked
    np.testing.assert_allclose(np.ptp(prompts.box_ras, axis=0), (15, 15, 15))


def test_moving_a_point_asks_again_once_it_rests(session, segmentId, centre, client, clock):
    node = click(session, PromptRole.POSITIVE, centre)
    for step in range(5):
        node.SetNthControlPointPositionWorld(0, *near(centre, 0, 0.5 * step, 0))
        session.poll()
        clock.advance(0.05)
    assert len(client.asked) == 1
    clock.advance(SETTLED_S)
    session.poll()
    np.testing.assert_allclose(client.asked[-1][0].points_ras, [near(centre, 0, 2, 0)])


def test_deleting_a_point_replays_without_it(
    session, segmentationNode, segmentId, centre, worldVolume
):
    click(session, PromptRole.POSITIVE, centre)
    node = click(session, PromptRole.NEGATIVE, near(centre, 5, 0, 0))
    node.RemoveNthControlPoint(0)
    session.poll()
    session.poll()
    np.testing.assert_allclose(
        points(segmentationNode, segmentId),
        expected(worldVolume, PromptSet([centre], [1])),
        atol=1e-3,
    )


def test_undo_and_redo_go_through_every_action_to_any_depth(
    session, segmentationNode, segmentId, centre, client, clock
):
    node = click(session, PromptRole.POSITIVE, centre)
    click(session, PromptRole.NEGATIVE, near(centre, 5, 0, 0))
    node.SetNthControlPointPositionWorld(0, *near(centre, 0, 2, 0))
    session.poll()
    clock.advance(SETTLED_S)
    session.poll()
    node.RemoveAllControlPoints()
    click(session, PromptRole.POSITIVE, near(centre, 0, -3, 0))
    asked = [prompts for prompts, _ in client.asked]
    seen = [points(segmentationNode, segmentId)]
    while session.canUndo:
        session.undo()
        session.poll()
        seen.append(points(segmentationNode, segmentId))
    assert len(seen[-1]) == 0
    assert len(asked) == 4
    for prompts, again in zip(asked[-2::-1], client.asked[4:], strict=True):
        np.testing.assert_array_equal(prompts.points_ras, again[0].points_ras)
    for before in seen[-2::-1]:
        session.redo()
        session.poll()
        np.testing.assert_array_equal(points(segmentationNode, segmentId), before)
    assert not session.canRedo


def test_undo_puts_markups_back_and_is_no_action_itself(session, segmentId, centre, client):
    node = click(session, PromptRole.POSITIVE, centre)
    click(session, PromptRole.POSITIVE, near(centre, 3, 0, 0))
    session.undo()
    count = len(client.asked)
    for _ in range(5):
        session.poll()
    assert node.GetNumberOfControlPoints() == 1
    assert len(client.asked) == count
    assert session.canRedo


def test_a_new_action_after_undo_cuts_off_what_could_be_redone(session, segmentId, centre):
    click(session, PromptRole.POSITIVE, centre)
    click(session, PromptRole.POSITIVE, near(centre, 3, 0, 0))
    session.undo()
    click(session, PromptRole.NEGATIVE, near(centre, 5, 0, 0))
    assert not session.canRedo


def test_reset_gives_back_what_the_segment_was_and_can_be_undone(
    session, segmentationNode, volumeNode, worldVolume, centre
):
    writer = SegmentWriter(segmentationNode)
    segmentId = writer.addSegment("drawn by hand")
    drawn = np.zeros(worldVolume.array_kji.shape, bool)
    drawn[2:5, 3:9, 1:8] = True
    writer.write(segmentId, worldVolume, drawn, array_box(drawn.shape))
    before = points(segmentationNode, segmentId)
    session.setVolumeNode(volumeNode)
    session.setSegment(segmentationNode, segmentId)
    node = click(session, PromptRole.POSITIVE, centre)
    made = points(segmentationNode, segmentId)
    session.reset()
    np.testing.assert_array_equal(points(segmentationNode, segmentId), before)
    assert node.GetNumberOfControlPoints() == 0
    assert Provenance.readFrom(segmentationNode.GetSegmentation().GetSegment(segmentId)) is None
    session.undo()
    session.poll()
    np.testing.assert_array_equal(points(segmentationNode, segmentId), made)


def test_each_segment_keeps_its_own_prompts_and_shows_only_them(
    session, segmentationNode, segmentId, centre
):
    first = click(session, PromptRole.POSITIVE, centre)
    other = session.addSegment(segmentationNode, "other")
    assert not first.GetDisplayVisibility()
    click(session, PromptRole.POSITIVE, near(centre, 13, 0, 0))
    made = points(segmentationNode, other)
    session.setSegment(segmentationNode, segmentId)
    assert first.GetDisplayVisibility()
    assert session.promptNode(PromptRole.POSITIVE) is first
    assert len(session.prompts.clicks) == 1
    np.testing.assert_array_equal(points(segmentationNode, other), made)


def test_a_segment_left_before_its_answer_is_asked_for_again_on_return(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    click(session, PromptRole.POSITIVE, centre)
    other = session.addSegment(segmentationNode, "other")
    click(session, PromptRole.POSITIVE, centre)
    client.holds = False
    session.poll()
    assert len(points(segmentationNode, segmentId)) == 0
    assert len(points(segmentationNode, other)) > 0
    session.setSegment(segmentationNode, segmentId)
    session.poll()
    assert len(points(segmentationNode, segmentId)) > 0


def test_an_answer_nobody_waits_for_is_dropped(
    session, segmentationNode, segmentId, centre, client, worldVolume
):
    client.holds = True
    click(session, PromptRole.POSITIVE, centre)
    late = client._result(client.asked[0][0])
    session.cancel()
    client.report(Predicted(2, late))
    session.poll()
    assert len(points(segmentationNode, segmentId)) == 0
    assert session.worker.phase is Phase.READY


def test_a_segment_removed_while_its_answer_is_under_way_harms_nothing(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    node = click(session, PromptRole.POSITIVE, centre)
    segmentationNode.GetSegmentation().RemoveSegment(segmentId)
    client.holds = False
    session.poll()
    assert session.failures == []
    assert session.segmentId is None
    assert not node.GetDisplayVisibility()


def test_a_volume_removed_from_the_scene_is_asked_for(
    session, slicerScene, segmentId, volumeNode, centre
):
    slicerScene.scene.RemoveNode(volumeNode)
    click(session, PromptRole.POSITIVE, centre)
    assert "choose the volume" in session.failures[0]


def test_a_volume_under_a_warp_is_reported_and_the_session_goes_on(
    session, slicerScene, segmentId, volumeNode, transformNode, centre, client
):
    moved(volumeNode, slicerScene.addWarp())
    click(session, PromptRole.POSITIVE, centre)
    assert "harden" in session.failures[0]
    moved(volumeNode, transformNode)
    click(session, PromptRole.POSITIVE, near(centre, 1, 0, 0))
    assert len(client.asked) == 1


def test_a_scene_that_closes_is_let_go_and_the_engine_stays(
    session, slicerScene, segmentId, centre, client
):
    click(session, PromptRole.POSITIVE, centre)
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
    click(session, PromptRole.POSITIVE, centre)
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
    click(session, PromptRole.POSITIVE, centre)
    client.report(Failed(2, PromptError("the point lies outside the volume")))
    session.poll()
    assert session.failures == ["the point lies outside the volume"]
    client.holds = False
    click(session, PromptRole.POSITIVE, near(centre, 1, 0, 0))
    assert len(points(segmentationNode, segmentId)) > 0


def test_a_crash_is_reported_and_its_answer_still_written_after_the_restart(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    click(session, PromptRole.POSITIVE, centre)
    client.report(Crashed(WorkerError("killed"), restart_in_s=1.0))
    session.poll()
    assert session.worker.phase is Phase.STARTING
    client.holds = False
    client.start()
    session.poll()
    assert session.failures == ["killed"]
    assert len(points(segmentationNode, segmentId)) > 0


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
    click(session, PromptRole.POSITIVE, centre)
    client.report(event)
    session.poll()
    assert session.worker.phase is Phase.OFF
    assert session.failures == [str(event.error)]
    client.isSilent = False
    session.segment()
    session.poll()
    assert session.worker.phase is Phase.READY
    assert len(points(segmentationNode, segmentId)) > 0


def test_other_options_predict_the_chosen_segment_again(session, segmentId, centre, client):
    click(session, PromptRole.POSITIVE, centre)
    session.setOptions(PredictOptions(expert="vessel", tau=0.3))
    assert client.asked[-1][1] == PredictOptions(expert="vessel", tau=0.3)
    np.testing.assert_array_equal(client.asked[-1][0].points_ras, client.asked[0][0].points_ras)


def test_what_was_painted_becomes_the_mask_the_next_click_starts_from(
    session, segmentationNode, segmentId, centre, client, worldVolume
):
    click(session, PromptRole.POSITIVE, centre)
    painted = np.zeros(worldVolume.array_kji.shape, bool)
    painted[2:5, 3:9, 1:8] = True
    SegmentWriter(segmentationNode).write(segmentId, worldVolume, painted, array_box(painted.shape))
    session.useSegmentAsPrompt()
    click(session, PromptRole.NEGATIVE, centre)
    np.testing.assert_array_equal(client.asked[-1][0].mask.box_ijk, [(1, 3, 2), (8, 9, 5)])
    assert client.asked[-1][0].mask.mask_kji.all()


def test_the_segment_records_how_it_was_made(session, segmentationNode, segmentId, centre, client):
    session.setOptions(PredictOptions(tau=0.4))
    click(session, PromptRole.POSITIVE, centre)
    record = Provenance.readFrom(segmentationNode.GetSegmentation().GetSegment(segmentId))
    np.testing.assert_array_equal(
        record.prompts.toPromptSet().points_ras, client.asked[-1][0].points_ras
    )
    assert record.options == PredictOptions(tau=0.4)
    assert (record.expert, record.scores) == ("vessel", {"vessel": 0.7, "general": 0.3})
    assert (record.bundle, record.bundle_hash) == ("fake | bundle", "0123abcd")


def test_the_voxels_written_are_the_voxels_predicted(
    session, segmentationNode, segmentId, centre, worldVolume
):
    written = []
    session.resultWritten.connect(lambda *values: written.append(values))
    click(session, PromptRole.POSITIVE, centre)
    ((id, result),) = written
    assert id == segmentId
    prompt = SegmentReader(segmentationNode).readMask(segmentId, worldVolume)
    np.testing.assert_array_equal(prompt.mask_kji, result.mask_box_kji)
    np.testing.assert_array_equal(prompt.box_ijk, result.box_ijk)


def test_closing_ends_the_engine(session, client):
    session.start()
    session.close()
    assert client.isClosed
    assert session.worker.phase is Phase.OFF


def test_a_script_gets_a_segment_in_one_call(
    slicerScene, session, segmentationNode, volumeNode, centre, client
):
    roi = slicerScene.add("vtkMRMLMarkupsROINode")
    roi.SetCenterWorld(*centre)
    roi.SetSize(30, 30, 30)
    segmentId = segmentOnce(
        session,
        volumeNode,
        segmentationNode,
        positivePoints=[centre],
        negativePoints=[near(centre, 6, 0, 0)],
        roiNode=roi,
    )
    assert len(points(segmentationNode, segmentId)) > 0
    prompts = client.asked[-1][0]
    np.testing.assert_array_equal(prompts.point_labels, [1, 0])
    assert prompts.box_ras.shape == (8, 3)


def test_a_script_learns_why_there_is_no_segment(slicerScene, session, segmentationNode, centre):
    empty = slicerScene.add("vtkMRMLScalarVolumeNode")
    with pytest.raises(WorkerError, match="no voxels"):
        segmentOnce(session, empty, segmentationNode, positivePoints=[centre])


def test_one_list_of_the_users_own_serves_as_prompts(
    slicerScene, session, segmentId, centre, client
):
    node = slicerScene.add("vtkMRMLMarkupsFiducialNode", "mine")
    for x, description in ((0, ""), (5, "negative")):
        index = node.AddControlPointWorld(vtk.vtkVector3d(*near(centre, x, 0, 0)))
        node.SetNthControlPointDescription(index, description)
    session.usePromptNode(node, PromptRole.POINTS)
    session.poll()
    np.testing.assert_array_equal(client.asked[-1][0].point_labels, [1, 0])


def test_a_decoders_own_mask_is_shown_and_neither_written_nor_a_step(
    session, segmentationNode, segmentId, centre, client
):
    ownMasks = []
    session.decoderMaskReady.connect(lambda *values: ownMasks.append(values))
    click(session, PromptRole.POSITIVE, centre)
    before = points(segmentationNode, segmentId)
    session.wantDecoderMask("general")
    session.poll()
    ((decoder, volume, _),) = ownMasks
    assert (decoder, volume) == ("general", client.volume)
    assert client.asked[-1][1].view == "general"
    record = Provenance.readFrom(segmentationNode.GetSegmentation().GetSegment(segmentId))
    assert record.options.view is None
    np.testing.assert_array_equal(points(segmentationNode, segmentId), before)
    session.undo()
    assert not session.canUndo


def test_a_decoders_own_mask_waits_for_the_click_under_way_and_follows_each_later_one(
    session, segmentationNode, segmentId, centre, client
):
    ownMasks = []
    session.decoderMaskReady.connect(lambda *values: ownMasks.append(values))
    client.holds = True
    click(session, PromptRole.POSITIVE, centre)
    session.wantDecoderMask("vessel")
    client.holds = False
    session.poll()
    assert len(points(segmentationNode, segmentId)) > 0
    session.poll()
    assert len(ownMasks) == 1
    click(session, PromptRole.NEGATIVE, near(centre, 5, 0, 0))
    session.poll()
    assert len(ownMasks) == 2
    session.wantDecoderMask(None)
    count = len(client.asked)
    click(session, PromptRole.NEGATIVE, near(centre, 0, 5, 0))
    assert len(client.asked) == count + 1


def test_another_client_gets_volume_and_request_of_the_old_one(
    session, segmentationNode, segmentId, centre, client
):
    client.holds = True
    click(session, PromptRole.POSITIVE, centre)
    other = FakeClient()
    session.worker.useClient(other)
    session.poll()
    assert client.isClosed
    assert other.volumes == client.volumes
    assert len(points(segmentationNode, segmentId)) > 0


def test_a_client_changed_before_the_start_waits_for_the_first_click(session, segmentId, centre):
    other = FakeClient()
    session.worker.useClient(other)
    assert (other.starts, session.worker.phase) == (0, Phase.OFF)
    click(session, PromptRole.POSITIVE, centre)
    assert len(other.asked) == 1


def test_an_unnamed_segment_is_named_coloured_and_coded_after_its_expert(
    session, segmentationNode, volumeNode, centre
):
    session.setVolumeNode(volumeNode)
    segmentId = session.addSegment(segmentationNode)
    click(session, PromptRole.POSITIVE, centre)
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    assert segment.GetName() == "Vessel"
    assert segment.GetColor() == pytest.approx((0.8, 0.2, 0.1))
    assert "SCT^59820001^Blood vessel" in segment.GetTerminology()
    second = session.addSegment(segmentationNode)
    click(session, PromptRole.POSITIVE, centre)
    assert segmentationNode.GetSegmentation().GetSegment(second).GetName() == "Vessel 2"


def test_a_name_or_colour_the_user_chose_stays(session, segmentationNode, volumeNode, centre):
    session.setVolumeNode(volumeNode)
    named = session.addSegment(segmentationNode, "left renal vein")
    click(session, PromptRole.POSITIVE, centre)
    assert segmentationNode.GetSegmentation().GetSegment(named).GetName() == "left renal vein"
    renamed = session.addSegment(segmentationNode)
    segment = segmentationNode.GetSegmentation().GetSegment(renamed)
    segment.SetName("aorta")
    click(session, PromptRole.POSITIVE, centre)
    click(session, PromptRole.POSITIVE, near(centre, 1, 0, 0))
    assert segment.GetName() == "aorta"
    assert segment.GetColor() != pytest.approx((0.8, 0.2, 0.1))


def test_choosing_a_segment_that_is_not_there_is_reported(session, segmentationNode):
    session.setSegment(segmentationNode, "gone")
    assert "no such segment" in session.failures[0]
    assert session.segmentId is None
