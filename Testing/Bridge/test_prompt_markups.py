import numpy as np
import pytest
import vtk

from grids import affine, rotation
from SAMMoESlicerLib.Bridge import Click, PromptMarkups, PromptRole, PromptState, RoiPose
from slicer_scene import moved

TURN = affine(rotation(-40, (1, 0, 2)), (1, 1, 1), (9, 8, -7))


@pytest.fixture
def segmentId(segmentationNode):
    return segmentationNode.GetSegmentation().AddEmptySegment("", "liver")


@pytest.fixture
def markups(slicerScene, segmentationNode, segmentId):
    return PromptMarkups(slicerScene.scene, segmentationNode, segmentId)


def place(markups, role, *position):
    return markups.ensureNode(role).AddControlPointWorld(vtk.vtkVector3d(*position))


def positions(state):
    return [(click.number, click.label, *np.round(click.positionRas, 6)) for click in state.clicks]


def test_new_points_are_numbered_in_the_order_in_which_they_are_seen(markups):
    place(markups, PromptRole.NEGATIVE, 1, 0, 0)
    markups.read()
    place(markups, PromptRole.POSITIVE, 2, 0, 0)
    markups.read()
    place(markups, PromptRole.NEGATIVE, 3, 0, 0)
    assert positions(markups.read()) == [(1, 0, 1, 0, 0), (2, 1, 2, 0, 0), (3, 0, 3, 0, 0)]


def test_the_users_own_description_of_a_point_stays(markups):
    index = place(markups, PromptRole.POSITIVE, 1, 0, 0)
    node = markups.node(PromptRole.POSITIVE)
    node.SetNthControlPointDescription(index, "upper pole")
    markups.read()
    assert node.GetNthControlPointDescription(index) == "upper pole [click 1]"


def test_the_nodes_of_a_segment_are_found_again_and_no_others(
    slicerScene, segmentationNode, segmentId, markups
):
    place(markups, PromptRole.POSITIVE, 1, 0, 0)
    other = segmentationNode.GetSegmentation().AddEmptySegment("", "spleen")
    again = PromptMarkups(slicerScene.scene, segmentationNode, segmentId)
    assert again.node(PromptRole.POSITIVE) is markups.node(PromptRole.POSITIVE)
    assert PromptMarkups(slicerScene.scene, segmentationNode, other).nodes() == []


@pytest.mark.parametrize("isClosed", [False, True], ids=["scribble", "lasso"])
def test_a_curve_is_found_again_once(slicerScene, segmentationNode, segmentId, markups, isClosed):
    node = markups.beginCurve(isClosed=isClosed, label=1)
    for point in ((1, 0, 0), (2, 0, 0), (2, 3, 0)):
        node.AddControlPointWorld(*point)
    markups.endCurve(node)
    drawn = markups.read()
    again = PromptMarkups(slicerScene.scene, segmentationNode, segmentId)
    assert again.read() == drawn
    again.restore(drawn)
    assert again.nodes() == [node]


def test_restoring_an_earlier_state_undoes_added_moved_and_deleted_points(markups):
    place(markups, PromptRole.POSITIVE, 1, 0, 0)
    place(markups, PromptRole.POSITIVE, 2, 0, 0)
    markups.read()
    place(markups, PromptRole.NEGATIVE, 3, 0, 0)
    wanted = markups.read()
    positive = markups.node(PromptRole.POSITIVE)
    positive.SetNthControlPointPositionWorld(0, 9, 9, 9)
    positive.RemoveNthControlPoint(1)
    place(markups, PromptRole.POSITIVE, 4, 0, 0)
    assert markups.restore(wanted) == wanted


def test_a_point_that_need_not_change_is_not_touched_by_restoring(slicerScene, markups):
    place(markups, PromptRole.POSITIVE, 0.1, 0.2, 0.3)
    node = moved(markups.node(PromptRole.POSITIVE), slicerScene.addTransform(TURN))
    wanted = markups.read()
    pointId = node.GetNthControlPointID(0)
    place(markups, PromptRole.POSITIVE, 5, 5, 5)
    assert markups.restore(wanted) == wanted
    assert node.GetNthControlPointID(0) == pointId


def test_restoring_works_in_the_world_for_nodes_under_a_transform(slicerScene, markups):
    pose = RoiPose(tuple(affine(rotation(30, (0, 0, 1)), (1, 1, 1), (5, 6, 7)).ravel()), (4, 5, 6))
    state = PromptState((Click(1, 1, (1.0, 2.0, 3.0)), Click(2, 0, (4.0, 5.0, 6.0))), pose)
    for role in (PromptRole.POSITIVE, PromptRole.NEGATIVE, PromptRole.BOX):
        moved(markups.ensureNode(role), slicerScene.addTransform(TURN))
    shown = markups.restore(state)
    assert positions(shown) == positions(state)
    np.testing.assert_allclose(shown.roi.cornersRas, pose.cornersRas, atol=1e-9)


def test_a_box_can_be_taken_away_and_put_back(markups):
    box = markups.ensureNode(PromptRole.BOX)
    box.SetCenterWorld(1, 2, 3)
    box.SetSize(10, 20, 30)
    drawn = markups.read()
    assert markups.restore(PromptState()).isEmpty
    assert markups.restore(drawn) == drawn
    assert box.GetSize() == (10, 20, 30)


def test_a_box_under_a_warp_is_put_back_where_it_was_seen(slicerScene, markups):
    node = markups.ensureNode(PromptRole.BOX)
    node.SetSize(10.0, 20.0, 30.0)
    node.SetCenterWorld(5.0, 6.0, 7.0)
    moved(node, slicerScene.addWarp())
    seen = markups.read()
    node.SetCenterWorld(25.0, 30.0, 7.0)
    np.testing.assert_allclose(markups.restore(seen).roi.cornersRas, seen.roi.cornersRas, atol=1e-6)


def test_a_mixed_list_gets_its_labels_back(slicerScene, markups):
    node = slicerScene.add("vtkMRMLMarkupsFiducialNode", "mine")
    markups.adopt(node, PromptRole.POINTS)
    state = PromptState((Click(1, 1, (1.0, 2.0, 3.0)), Click(2, 0, (4.0, 5.0, 6.0))))
    assert markups.restore(state) == state
    assert node.GetNthControlPointDescription(1) == "negative [click 2]"


def test_a_deleted_node_is_made_anew(slicerScene, markups):
    slicerScene.scene.RemoveNode(markups.ensureNode(PromptRole.POSITIVE))
    assert markups.nodes() == []
    assert markups.ensureNode(PromptRole.POSITIVE).GetScene() is slicerScene.scene


def test_markups_can_be_hidden_and_shown(markups):
    node = markups.ensureNode(PromptRole.POSITIVE)
    markups.setVisible(False)
    assert not node.GetDisplayVisibility()
    markups.setVisible(True)
    assert node.GetDisplayVisibility()
