import numpy as np
import pytest
import slicer
import vtk

from grids import affine, rotation
from SAMMoESlicerLib.Bridge import PromptReader
from slicer_scene import moved, toVtk

TURN = affine(rotation(35, (1, 1, 0)), (1, 1, 1), (4, 5, 6))


@pytest.fixture
def positiveNode(slicerScene):
    return slicerScene.add("vtkMRMLMarkupsFiducialNode", "positive")


@pytest.fixture
def negativeNode(slicerScene):
    return slicerScene.add("vtkMRMLMarkupsFiducialNode", "negative")


@pytest.fixture
def roiNode(slicerScene):
    return slicerScene.add("vtkMRMLMarkupsROINode", "box")


def place(node, *position, description=""):
    index = node.AddControlPointWorld(vtk.vtkVector3d(*position))
    node.SetNthControlPointDescription(index, description)
    return index


def test_two_lists_give_their_points_a_label_each(positiveNode, negativeNode):
    place(positiveNode, 1, 2, 3)
    place(negativeNode, 4, 5, 6)
    prompts = PromptReader([(positiveNode, 1), (negativeNode, 0)]).read().toPromptSet()
    np.testing.assert_allclose(prompts.points_ras, [(1, 2, 3), (4, 5, 6)])
    np.testing.assert_array_equal(prompts.point_labels, [1, 0])


def test_one_list_may_carry_a_label_a_point(positiveNode):
    for x, description in enumerate(["positive", "Negative", "+", "-", "the hilum", ""]):
        place(positiveNode, x, 0, 0, description=description)
    labels = PromptReader([(positiveNode, 1)]).read().toPromptSet().point_labels
    np.testing.assert_array_equal(labels, [1, 0, 1, 0, 1, 1])


def test_the_order_of_clicks_runs_across_lists(positiveNode, negativeNode):
    place(positiveNode, 3, 0, 0, description="[click 3]")
    place(positiveNode, 1, 0, 0, description="[click 1]")
    place(negativeNode, 2, 0, 0, description="near the vein [click 2]")
    prompts = PromptReader([(positiveNode, 1), (negativeNode, 0)]).read().toPromptSet()
    np.testing.assert_allclose(prompts.points_ras[:, 0], [1, 2, 3])
    np.testing.assert_array_equal(prompts.point_labels, [1, 0, 1])


def test_points_without_a_number_or_with_a_copied_one_come_last(positiveNode):
    place(positiveNode, 10, 0, 0)
    place(positiveNode, 5, 0, 0, description="[click 5]")
    place(positiveNode, 11, 0, 0, description="[click 5]")
    clicks = PromptReader([(positiveNode, 1)]).read().clicks
    assert [(click.number, click.positionRas[0]) for click in clicks] == [(5, 5), (6, 10), (7, 11)]


def test_previews_and_undefined_points_are_no_clicks(positiveNode):
    place(positiveNode, 1, 0, 0)
    index = place(positiveNode, 2, 0, 0)
    positiveNode.SetNthControlPointPosition(
        index, 2, 0, 0, slicer.vtkMRMLMarkupsNode.PositionPreview
    )
    positiveNode.UnsetNthControlPointPosition(place(positiveNode, 3, 0, 0))
    assert len(PromptReader([(positiveNode, 1)]).read().clicks) == 1


def test_points_under_a_transform_are_read_in_the_world(slicerScene, positiveNode):
    moved(positiveNode, slicerScene.addTransform(TURN))
    positiveNode.AddControlPoint(vtk.vtkVector3d(7, 8, 9))
    (click,) = PromptReader([(positiveNode, 1)]).read().clicks
    np.testing.assert_allclose(click.positionRas, (TURN @ (7, 8, 9, 1))[:3])


def test_points_under_a_warp_are_read_in_the_world(slicerScene, positiveNode):
    warp = moved(positiveNode, slicerScene.addWarp()).GetParentTransformNode()
    positiveNode.AddControlPoint(vtk.vtkVector3d(10, 40, 20))
    (click,) = PromptReader([(positiveNode, 1)]).read().clicks
    expected = warp.GetTransformToParent().TransformPoint(10, 40, 20)
    assert abs(expected[0] - 10) > 1
    np.testing.assert_allclose(click.positionRas, expected)


def test_a_turned_roi_gives_its_eight_corners_in_the_world(slicerScene, roiNode):
    inNode = affine(rotation(50, (0, 1, 1)), (1, 1, 1), (3, -2, 8))
    roiNode.SetSize(10, 20, 30)
    roiNode.GetObjectToNodeMatrix().DeepCopy(toVtk(inNode))
    moved(roiNode, slicerScene.addTransform(TURN))
    corners = PromptReader([], roiNode).read().toPromptSet().box_ras
    signs = np.array(np.meshgrid([-5, 5], [-10, 10], [-15, 15])).reshape(3, -1).T
    expected = (TURN @ inNode @ np.c_[signs, np.ones(8)].T)[:3].T
    assert {tuple(c) for c in corners.round(6)} == {tuple(c) for c in expected.round(6)}


def test_a_roi_without_extent_is_no_prompt(roiNode):
    assert PromptReader([], roiNode).read().isEmpty
    roiNode.SetCenterWorld(1, 2, 3)
    roiNode.SetSize(5, 5, 0)
    assert PromptReader([], roiNode).read().isEmpty
