"""Scenes that are closed, saved and loaded; volumes that go; modules that are reloaded."""

from panel_driver import PanelDriver, mask_voxels
from SAMMoESlicerLib.Bridge import PromptRole


def test_closing_the_scene_empties_the_panel_and_keeps_the_engine(
    driver, segmented, application, client
):
    application.mrml.scene.Clear(0)
    driver.turn(5)
    assert driver.session.segmentId is None
    assert not driver.ui.positiveButton.enabled
    assert driver.ui.promptCountLabel.text == ""
    assert client.starts == 1
    assert not client.isClosed


def test_after_closing_the_scene_one_goes_on_in_a_new_one(
    driver, segmented, application, ellipsoid, centre
):
    application.mrml.scene.Clear(0)
    driver.ui.volumeSelector.setCurrentNode(application.mrml.addVolume(ellipsoid[0]))
    driver.press("positiveButton")
    assert driver.click_and_wait(PromptRole.POSITIVE, centre).voxel_count > 0


def test_a_scene_closed_while_the_engine_works_gets_no_late_mask(
    driver, client, segmented, centre, application
):
    client.holds = True
    driver.add_point(PromptRole.POSITIVE, centre + 3)
    driver.wait_until(lambda: driver.session.worker.stage, "progress")
    written = driver.written()
    application.mrml.scene.Clear(0)
    client.holds = False
    driver.turn(10)
    assert written == []


def test_a_volume_deleted_while_the_engine_works_is_said_plainly(
    driver, client, segmented, volumeNode, centre, application
):
    client.holds = True
    driver.add_point(PromptRole.POSITIVE, centre + 3)
    driver.wait_until(lambda: driver.session.worker.stage, "progress")
    application.mrml.scene.RemoveNode(volumeNode)
    client.holds = False
    driver.turn(10)
    assert not driver.ui.positiveButton.enabled


def test_a_saved_scene_shows_its_segments_and_prompts_again(
    driver, segmented, application, tmp_path
):
    scene = application.mrml.scene
    parameters = driver.widget.logic.getParameterNode()
    voxels = mask_voxels(parameters.segmentation, parameters.segmentId)
    path = str(tmp_path / "case.mrb")
    assert scene.WriteToMRB(path)
    scene.Clear(0)
    driver.turn(3)
    assert scene.ReadFromMRB(path, True)
    driver.turn(5)
    parameters = driver.widget.logic.getParameterNode()
    assert mask_voxels(parameters.segmentation, parameters.segmentId) == voxels
    assert driver.session.segmentId == parameters.segmentId
    assert driver.ui.promptCountLabel.text == "1 inside"
    assert driver.panel.decoders.confidence.used == "vessel"


def test_a_scene_added_to_another_is_gone_on_with_and_undo_goes_through_it(
    driver, segmented, application, tmp_path, centre
):
    scene = application.mrml.scene
    path = str(tmp_path / "case.mrb")
    assert scene.WriteToMRB(path)
    first = driver.widget.logic.getParameterNode().segmentation
    driver.click_and_wait(PromptRole.NEGATIVE, centre + 6)
    assert scene.ReadFromMRB(path, False)
    driver.turn(5)
    parameters = driver.widget.logic.getParameterNode()
    assert parameters.segmentation is not first
    assert driver.session.segmentationNode is parameters.segmentation
    assert driver.session.segmentId == parameters.segmentId != ""
    assert driver.ui.promptCountLabel.text == "1 inside"
    driver.session.undo()
    driver.turn(3)
    assert driver.ui.promptCountLabel.text == ""


def test_undo_goes_through_the_segmentation_that_is_shown(driver, segmented, application):
    first = driver.session.segmentationNode
    driver.press("deleteSegmentButton")
    second = application.mrml.addSegmentation()
    driver.ui.segmentationSelector.setCurrentNode(second)
    driver.turn()
    assert not driver.ui.undoButton.enabled
    driver.session.undo()
    driver.turn()
    assert driver.session.segmentId is None
    driver.ui.segmentationSelector.setCurrentNode(first)
    driver.turn()
    driver.press("undoButton")
    assert driver.session.segmentId is not None


def test_a_segmentation_that_is_removed_is_let_go(driver, segmented, application):
    parameters = driver.widget.logic.getParameterNode()
    application.mrml.scene.RemoveNode(parameters.segmentation)
    driver.turn(5)
    assert driver.session.segmentId is None


def test_two_volumes_and_two_segmentations_do_not_mix(
    driver, segmented, application, ellipsoid, centre
):
    parameters = driver.widget.logic.getParameterNode()
    first, firstId = parameters.segmentation, parameters.segmentId
    voxels = mask_voxels(first, firstId)
    second = application.mrml.addSegmentation()
    driver.ui.segmentationSelector.setCurrentNode(second)
    driver.ui.volumeSelector.setCurrentNode(application.mrml.addVolume(ellipsoid[0]))
    driver.turn()
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert second.GetSegmentation().GetNumberOfSegments() == 1
    assert mask_voxels(first, firstId) == voxels


def test_the_module_can_be_reloaded(driver, segmented, application):
    application.unload("SAMMoESlicer")
    again = PanelDriver(application)
    again.turn(3)
    assert again.session.segmentId is not None
    assert again.ui.promptCountLabel.text == "1 inside"
