"""The story of a click, told with Slicer's own scene and an engine that answers in-process."""

import numpy as np
import pytest
import vtk

from sammoe import PredictOptions, PromptSet
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import PromptRole, Provenance, SegmentReader
from SAMMoESlicerLib.SegmentationSession import SURFACE_REST_S
from session_user import SETTLED_S, click, expected, near
from slicer_scene import moved, segmentPoints


def test_a_click_in_an_oblique_ct_under_a_transform_puts_the_mask_where_the_object_is(
    session, segmentationNode, segmentId, centre, patientMove, ellipsoid
):
    click(session, centre)
    found = segmentPoints(segmentationNode, segmentId)
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
    click(session, centre)
    np.testing.assert_allclose(client.asked[-1][0].points_ras, [centre], atol=1e-9)
    assert len(segmentPoints(segmentationNode, segmentId)) > 100


def test_clicks_arrive_in_their_order_with_their_labels(session, segmentId, centre, client):
    click(session, centre)
    click(session, near(centre, 5, 0, 0), PromptRole.NEGATIVE)
    click(session, near(centre, 0, 5, 0))
    prompts = client.asked[-1][0]
    np.testing.assert_array_equal(prompts.point_labels, [1, 0, 1])
    np.testing.assert_allclose(prompts.points_ras[1], near(centre, 5, 0, 0))
    assert len(client.asked) == 3


def test_the_voxels_are_handed_over_once(session, volumeNode, segmentId, centre, client):
    click(session, centre)
    session.setVolumeNode(volumeNode)
    click(session, near(centre, 5, 0, 0), PromptRole.NEGATIVE)
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
    node = click(session, centre)
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
    click(session, centre)
    node = click(session, near(centre, 5, 0, 0), PromptRole.NEGATIVE)
    node.RemoveNthControlPoint(0)
    session.poll()
    session.poll()
    np.testing.assert_allclose(
        segmentPoints(segmentationNode, segmentId),
        expected(worldVolume, PromptSet([centre], [1])),
        atol=1e-3,
    )


def test_a_volume_removed_from_the_scene_is_asked_for(
    session, slicerScene, segmentId, volumeNode, centre
):
    slicerScene.scene.RemoveNode(volumeNode)
    click(session, centre)
    assert "choose the volume" in session.failures[0]


def test_a_volume_under_a_warp_is_reported_and_the_session_goes_on(
    session, slicerScene, segmentId, volumeNode, transformNode, centre, client
):
    moved(volumeNode, slicerScene.addWarp())
    click(session, centre)
    assert "harden" in session.failures[0]
    moved(volumeNode, transformNode)
    click(session, near(centre, 1, 0, 0))
    assert len(client.asked) == 1


def test_looking_ahead_in_a_volume_that_cannot_be_read_says_nothing(
    session, slicerScene, segmentId, volumeNode, centre, client
):
    session.start()
    session.poll()
    moved(volumeNode, slicerScene.addWarp())
    session.lookAhead(tuple(centre))
    assert session.failures == []
    assert client.looked_ahead == []


def test_other_options_predict_the_chosen_segment_again(session, segmentId, centre, client):
    click(session, centre)
    session.setOptions(PredictOptions(expert="vessel", tau=0.3))
    assert client.asked[-1][1] == PredictOptions(expert="vessel", tau=0.3)
    np.testing.assert_array_equal(client.asked[-1][0].points_ras, client.asked[0][0].points_ras)


def test_an_expert_that_is_pinned_and_not_there_gives_way_to_the_gate(
    session, segmentId, centre, client
):
    click(session, centre)
    session.setOptions(PredictOptions(expert="of an earlier model", tau=0.3))
    assert client.asked[-1][1] == session.options == PredictOptions(tau=0.3)
    assert session.failures == [
        "the pinned 'of an earlier model' is no expert of this model; the gate decides"
    ]


def test_a_click_for_a_hidden_segment_shows_it(session, segmentationNode, segmentId, centre):
    segmentationNode.CreateDefaultDisplayNodes()
    display = segmentationNode.GetDisplayNode()
    click(session, centre)
    display.SetSegmentVisibility(segmentId, False)
    session.poll()
    assert not display.GetSegmentVisibility(segmentId)
    click(session, centre + 3)
    assert display.GetSegmentVisibility(segmentId)


def test_the_segment_records_how_it_was_made(session, segmentationNode, segmentId, centre, client):
    session.setOptions(PredictOptions(tau=0.4))
    click(session, centre)
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
    click(session, centre)
    ((id, result),) = written
    assert id == segmentId
    prompt = SegmentReader(segmentationNode).readMask(segmentId, worldVolume)
    np.testing.assert_array_equal(prompt.mask_kji, result.mask_box_kji)
    np.testing.assert_array_equal(prompt.box_ijk, result.box_ijk)


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


def test_an_unnamed_segment_is_named_coloured_and_coded_after_its_expert(
    session, segmentationNode, volumeNode, centre
):
    session.setVolumeNode(volumeNode)
    segmentId = session.addSegment(segmentationNode)
    click(session, centre)
    segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
    assert segment.GetName() == "Vessel"
    assert segment.GetColor() == pytest.approx((0.8, 0.2, 0.1))
    assert "SCT^59820001^Blood vessel" in segment.GetTerminology()
    second = session.addSegment(segmentationNode)
    click(session, centre)
    assert segmentationNode.GetSegmentation().GetSegment(second).GetName() == "Vessel 2"


def test_a_name_or_colour_the_user_chose_stays(session, segmentationNode, volumeNode, centre):
    session.setVolumeNode(volumeNode)
    named = session.addSegment(segmentationNode, "left renal vein")
    click(session, centre)
    assert segmentationNode.GetSegmentation().GetSegment(named).GetName() == "left renal vein"
    renamed = session.addSegment(segmentationNode)
    segment = segmentationNode.GetSegmentation().GetSegment(renamed)
    segment.SetName("aorta")
    click(session, centre)
    click(session, near(centre, 1, 0, 0))
    assert segment.GetName() == "aorta"
    assert segment.GetColor() != pytest.approx((0.8, 0.2, 0.1))


def test_choosing_a_segment_that_is_not_there_is_reported(session, segmentationNode):
    session.setSegment(segmentationNode, "gone")
    assert "no such segment" in session.failures[0]
    assert session.segmentId is None


def test_a_surface_is_made_again_once_nothing_is_under_way(
    session, segmentationNode, segmentId, centre, client, clock
):
    def corners():
        segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
        return segment.GetRepresentation("Closed surface").GetNumberOfPoints()

    click(session, centre)
    segmentationNode.CreateClosedSurfaceRepresentation()
    first = corners()
    click(session, near(centre, 5, 0, 0), PromptRole.NEGATIVE)
    session.poll()
    assert corners() == first
    client.holds = True
    clock.advance(2 * SURFACE_REST_S)
    click(session, near(centre, 0, 5, 0), PromptRole.NEGATIVE)
    clock.advance(2 * SURFACE_REST_S)
    session.poll()
    assert corners() == first  # another mask is on its way
    client.holds = False
    session.poll()
    session.poll()
    clock.advance(2 * SURFACE_REST_S)
    session.poll()
    assert corners() != first
    assert not session.writer(segmentationNode).hasStaleSurfaces
