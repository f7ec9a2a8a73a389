"""Real mouse events in a slice view drawn offscreen by Slicer's own displayable managers."""

from pathlib import Path

import numpy as np
import qt

from mouse_clicks import clickAndWait, clickedIn, points
from panel_driver import mask_voxels
from SAMMoESlicerLib.Bridge import PromptRole

OUTPUT = Path(__file__).parents[1] / "Output"


def test_a_mouse_click_in_a_slice_view_segments_what_was_clicked(driver, view, centre):
    driver.press("positiveButton")
    written = driver.written()
    view.click(centre)
    driver.wait_until(lambda: len(written) == 1, "a mask")
    node = driver.session.promptNode(PromptRole.POSITIVE)
    position = [0.0, 0.0, 0.0]
    node.GetNthControlPointPositionWorld(0, position)
    assert np.linalg.norm(np.subtract(position, centre)) < 1.0
    OUTPUT.mkdir(exist_ok=True)
    view.save(OUTPUT / "slice-view.png")


def test_placing_goes_on_until_it_is_ended(driver, view, centre):
    driver.press("positiveButton")
    written = driver.written()
    for offset in ((0, 0, 0), (9, 0, 0)):
        view.click(np.add(centre, offset))
        driver.wait_until(lambda: len(driver.session.prompts.clicks) > 0, "the click")
    driver.wait_until(lambda: len(driver.session.prompts.clicks) == 2, "both clicks")
    driver.press("positiveButton")
    view.click(np.add(centre, (0, 9, 0)))
    driver.turn(10)
    assert len(driver.session.prompts.clicks) == 2
    assert written


def test_after_next_the_click_goes_into_the_new_segments_list(driver, view, centre, placing):
    first = points(driver)
    driver.press("nextSegmentButton")
    assert driver.ui.positiveButton.checked
    second = clickAndWait(driver, view, np.add(centre, (9, 0, 0)))
    assert second != placing
    assert points(driver) is not first
    assert len(clickedIn(driver, first)) == len(clickedIn(driver, points(driver))) == 1


def test_after_the_key_n_a_background_click_goes_into_the_new_segments_list(
    driver, view, window, centre, placing
):
    driver.press("negativeButton")
    driver.press_key(window, qt.Qt.Key_N)
    assert driver.ui.negativeButton.checked
    view.click(np.add(centre, (5, 0, 0)))
    driver.wait_until(lambda: driver.session.prompts.clicks, "the click")
    assert driver.session.segmentId != placing
    assert [click.label for click in driver.session.prompts.clicks] == [0]


def test_a_row_that_is_chosen_gets_the_next_click(driver, view, centre, placing):
    driver.press("nextSegmentButton")
    clickAndWait(driver, view, np.add(centre, (9, 0, 0)))
    driver.ui.segmentsTable.setSelectedSegmentIDs([placing])
    driver.turn()
    assert driver.ui.positiveButton.checked
    assert clickAndWait(driver, view, np.add(centre, (0, 5, 0))) == placing
    assert len(driver.session.prompts.clicks) == 2


def test_deleting_the_segment_ends_placing_and_removes_its_lists(
    driver, view, application, centre, placing
):
    node = driver.widget.logic.getParameterNode().segmentation
    node.GetSegmentation().RemoveSegment(placing)
    driver.turn(3)
    assert not driver.ui.positiveButton.checked
    view.click(np.add(centre, (5, 0, 0)))
    scene = application.mrml.scene
    lists = "vtkMRMLMarkupsFiducialNode"
    driver.wait_until(lambda: scene.GetNumberOfNodesByClass(lists) == 0, "the lists' end")


def test_placing_goes_on_through_undo(driver, view, centre, placing):
    driver.press("undoButton")
    assert driver.session.prompts.isEmpty
    assert driver.ui.positiveButton.checked
    assert clickAndWait(driver, view, np.add(centre, (0, 5, 0))) == placing
    assert len(driver.session.prompts.clicks) == 1


def test_closing_the_scene_ends_placing(driver, application, placing):
    application.mrml.scene.Clear(0)
    driver.turn(3)
    interaction = application.app.applicationLogic().GetInteractionNode()
    assert interaction.GetCurrentInteractionMode() != interaction.Place
    assert not driver.ui.positiveButton.checked


def test_another_segmentation_ends_placing_until_it_has_a_segment(
    driver, view, application, centre, placing
):
    first = points(driver)
    driver.ui.segmentationSelector.setCurrentNode(application.mrml.addSegmentation())
    driver.turn()
    assert not driver.ui.positiveButton.checked
    driver.press("positiveButton")
    clickAndWait(driver, view, np.add(centre, (0, 5, 0)))
    assert len(clickedIn(driver, first)) == len(clickedIn(driver, points(driver))) == 1


def test_another_volume_ends_placing_and_a_no_makes_a_segmentation_of_its_own(
    driver, view, application, ellipsoid, centre, placing
):
    parameters = driver.widget.logic.getParameterNode()
    first = parameters.segmentation
    other = application.mrml.addVolume(ellipsoid[0])
    driver.ui.volumeSelector.setCurrentNode(other)
    driver.turn()
    assert not driver.ui.positiveButton.checked
    application.answers.append(False)
    driver.press("positiveButton")
    assert "was made for" in application.messages[-1][1]
    view.show(other)
    clickAndWait(driver, view, centre)
    assert parameters.segmentation is not first
    assert first.GetSegmentation().GetNumberOfSegments() == 1


def test_another_volume_is_written_into_an_open_segmentation_after_a_yes_only(
    driver, view, application, ellipsoid, centre, placing
):
    parameters = driver.widget.logic.getParameterNode()
    first = parameters.segmentation
    driver.ui.volumeSelector.setCurrentNode(application.mrml.addVolume(ellipsoid[0]))
    driver.turn()
    asked = len(application.messages)
    driver.add_point(PromptRole.POSITIVE, np.add(centre, (0, 5, 0)))
    driver.wait_until(lambda: "made for another volume" in driver.notice, "the notice")
    application.answers.append(True)
    written = driver.written()
    driver.press("noticeButton")
    driver.wait_until(lambda: len(written) == 1, "the mask")
    assert len(application.messages) == asked + 1
    assert parameters.segmentation is first


def test_a_click_beside_the_volume_is_taken_back_and_said(driver, view, centre, placing):
    corner = view.node.GetXYToRAS().MultiplyPoint((2, 2, 0, 1))[:3]
    view.click(corner)
    driver.wait_until(lambda: driver.notice, "the notice")
    assert "outside the volume" in driver.notice
    assert len(clickedIn(driver, points(driver))) == 1
    clickAndWait(driver, view, np.add(centre, (0, 5, 0)))
    assert len(driver.session.prompts.clicks) == 2


def test_a_background_point_never_looks_like_an_object_point(driver, placing):
    driver.press("negativeButton")
    looks = [
        driver.session.existingPromptNode(role).GetDisplayNode()
        for role in (PromptRole.POSITIVE, PromptRole.NEGATIVE)
    ]
    for get in ("GetActiveColor", "GetSelectedColor", "GetColor", "GetGlyphType"):
        inside, outside = (getattr(look, get)() for look in looks)
        assert inside != outside
    for look in looks:
        assert look.GetActiveColor() == look.GetSelectedColor() == look.GetColor()


def test_a_notice_goes_when_another_segment_is_chosen(driver, client, view, centre, placing):
    client.touches_border = True
    clickAndWait(driver, view, np.add(centre, (0, 5, 0)))
    assert driver.notice
    driver.press("nextSegmentButton")
    assert not driver.notice


def test_pressing_n_again_and_again_makes_one_empty_segment(driver, window, placing):
    for _ in range(4):
        driver.press_key(window, qt.Qt.Key_N)
    assert driver.ui.segmentsTable.segmentCount == 2


def test_what_a_mask_takes_from_another_segment_is_said_and_can_be_undone(
    driver, view, centre, placing
):
    node = driver.widget.logic.getParameterNode().segmentation
    had = mask_voxels(node, placing)
    name = node.GetSegmentation().GetSegment(placing).GetName()
    driver.ui.overwriteCheckBox.click()
    driver.press("nextSegmentButton")
    clickAndWait(driver, view, centre)
    assert mask_voxels(node, placing) < had
    assert f"{name} ({had:,})" in driver.notice
    driver.press("noticeButton")
    driver.turn(3)
    assert mask_voxels(node, placing) == had
