"""Placing, moving and deleting prompts on the panel."""

import numpy as np

from panel_driver import mask_voxels
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import PromptRole


def segment(driver):
    parameters = driver.widget.logic.getParameterNode()
    return parameters.segmentation, parameters.segmentId


def test_the_first_click_makes_segmentation_and_segment_and_fills_it(driver, segmented):
    node, segmentId = segment(driver)
    assert mask_voxels(node, segmentId) == segmented.voxel_count > 0
    assert driver.ui.segmentsTable.selectedSegmentIDs() == (segmentId,)


def test_a_button_is_down_exactly_while_its_markups_are_placed(driver, segmented):
    assert driver.ui.positiveButton.checked
    driver.press("negativeButton")
    assert driver.ui.negativeButton.checked
    assert not driver.ui.positiveButton.checked
    driver.press("negativeButton")
    assert not driver.ui.negativeButton.checked


def test_placing_that_is_ended_from_slicers_toolbar_lifts_the_button(
    driver, segmented, application
):
    interaction = application.app.applicationLogic().GetInteractionNode()
    interaction.SwitchToViewTransformMode()
    assert not driver.ui.positiveButton.checked


def test_points_stay_in_placing_and_a_box_is_placed_once(driver, segmented, application):
    interaction = application.app.applicationLogic().GetInteractionNode()
    assert interaction.GetPlaceModePersistence()
    driver.press("boxButton")
    assert not interaction.GetPlaceModePersistence()


def test_a_deleted_point_replays_without_it(driver, segmented, centre):
    driver.click_and_wait(PromptRole.NEGATIVE, centre + 9)
    written = driver.written()
    driver.session.promptNode(PromptRole.NEGATIVE).RemoveNthControlPoint(0)
    driver.wait_until(lambda: len(written) > 0, "the replay")
    assert written[-1].voxel_count == segmented.voxel_count


def test_a_moved_point_replays_once_it_rests(driver, segmented, centre, client):
    node = driver.session.promptNode(PromptRole.POSITIVE)
    asked = len(client.asked)
    for step in range(5):
        node.SetNthControlPointPositionWorld(0, *(centre + step / 5))
        driver.turn()
    driver.wait_until(lambda: len(client.asked) > asked, "the replay")
    assert len(client.asked) == asked + 1
    assert np.allclose(client.asked[-1][0].points_ras[0], centre + 4 / 5)


def test_another_segment_hides_these_prompts_and_choosing_it_brings_them_back(driver, segmented):
    _node, first = segment(driver)
    points = driver.session.promptNode(PromptRole.POSITIVE)
    driver.press("nextSegmentButton")
    assert not points.GetDisplayVisibility()
    driver.ui.segmentsTable.setSelectedSegmentIDs([first])
    driver.turn()
    assert points.GetDisplayVisibility()
    assert driver.ui.promptCountLabel.text == "1 inside"


def test_choosing_a_segment_predicts_nothing(driver, segmented, client):
    _node, first = segment(driver)
    driver.press("nextSegmentButton")
    asked = len(client.asked)
    driver.ui.segmentsTable.setSelectedSegmentIDs([first])
    driver.turn(20)
    assert len(client.asked) == asked


def test_a_segment_can_be_the_prompt(driver, segmented, client):
    asked = len(client.asked)
    driver.press("maskPromptButton")
    driver.wait_until(lambda: len(client.asked) > asked, "the prediction")
    assert client.asked[-1][0].mask is not None
    assert "segment" in driver.ui.promptCountLabel.text


def test_without_a_volume_nothing_can_be_placed(driver):
    assert not driver.ui.positiveButton.enabled
    assert not driver.ui.nextSegmentButton.enabled


def test_the_expert_that_drew_it_names_and_colours_the_segment(driver, segmented):
    node, segmentId = segment(driver)
    made = node.GetSegmentation().GetSegment(segmentId)
    assert made.GetName() == "Vessel tree"
    assert np.allclose(made.GetColor(), (0.85, 0.3, 0.3))


def test_the_first_volume_that_is_loaded_is_taken_and_the_next_is_not(
    driver, application, ellipsoid
):
    first = application.mrml.addVolume(ellipsoid[0])
    driver.turn()
    assert driver.ui.volumeSelector.currentNode() is first
    assert driver.ui.positiveButton.enabled
    application.mrml.addVolume(ellipsoid[0])
    driver.turn()
    assert driver.ui.volumeSelector.currentNode() is first


def test_the_first_volume_taken_is_a_grey_one_that_users_can_see(driver, application, ellipsoid):
    scene = application.mrml.scene
    scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "photograph")
    hidden = application.mrml.addVolume(ellipsoid[0])
    hidden.SetHideFromEditors(True)
    driver.ui.volumeSelector.setCurrentNode(None)
    grey = application.mrml.addVolume(ellipsoid[0])
    driver.turn(3)
    assert driver.widget.logic.getParameterNode().inputVolume is grey


def test_removing_the_chosen_segment_lets_it_go(driver, segmented):
    node, segmentId = segment(driver)
    node.GetSegmentation().RemoveSegment(segmentId)
    driver.turn(5)
    assert driver.session.segmentId is None
    assert driver.widget.logic.getParameterNode().segmentId == ""


def test_a_table_that_loses_its_selection_for_a_moment_gets_it_back(driver, segmented):
    _node, segmentId = segment(driver)
    driver.ui.segmentsTable.clearSelection()
    driver.turn(3)
    driver.panel.refresh()
    assert driver.session.segmentId == segmentId
    assert driver.ui.segmentsTable.selectedSegmentIDs() == (segmentId,)


def test_a_click_against_what_was_painted_is_said_and_one_press_lets_the_model_redraw(
    driver, segmented, ellipsoid, centre
):
    node, segmentId = segment(driver)
    volume = ellipsoid[0]
    box = np.array([(0, 0, 0), (6, 6, 6)])
    driver.session.writer(node).write(segmentId, volume, np.ones((6, 6, 6), bool), box)
    written = driver.written()
    driver.add_point(PromptRole.NEGATIVE, transform_points([(3, 3, 3)], volume.ijk_to_ras)[0])
    driver.wait_until(lambda: len(written) == 1, "the mask")
    assert "by hand" in driver.notice
    assert "painted" in driver.ui.promptCountLabel.text
    driver.press("noticeButton")
    driver.wait_until(lambda: len(written) == 2, "the mask")
    assert not driver.notice
    assert driver.session.prompts.edits == ()
