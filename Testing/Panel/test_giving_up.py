"""What the left button or a finger has begun in a view, given up with Esc or a second finger."""

import numpy as np
import pytest
import qt

from mouse_clicks import clickAndWait, clickedIn, points
from SAMMoESlicerLib.PromptedSegment import SETTLE_S

NEAR, FAR = (0, 6, 0), (6, 9, 0)
TOOLS = ("positiveButton", "negativeButton", "boxButton", "scribbleButton", "lassoButton")


def marked(application):
    """Return how many points there are in all points, curves and boxes of the scene."""
    nodes = application.mrml.scene.GetNodesByClass("vtkMRMLMarkupsNode")
    nodes = [nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems())]
    return sum(node.GetNumberOfDefinedControlPoints() for node in nodes)


@pytest.mark.parametrize("path", [(NEAR,), (NEAR, FAR)], ids=["resting", "moving"])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_second_finger_takes_back_what_the_first_began(
    driver, view, application, client, centre, tool, path
):
    driver.press(tool)
    first = [np.add(centre, step) for step in path]
    view.press(*first)
    view.second_finger(np.add(centre, (-9, 0, 0)), np.add(centre, (-12, 3, 0)))
    view.release(first[-1])
    view.mouse("MouseMoveEvent", *view.pixel(np.add(centre, FAR)))
    driver.turn(10)
    assert marked(application) == 0
    assert client.asked == []
    assert getattr(driver.ui, tool).checked
    written = driver.written()
    view.drag([np.add(centre, step) for step in ((-6, -6, 0), (0, 0, 0), (6, 7, 0))])
    driver.wait_until(lambda: len(written) == 1 or tool == "negativeButton", "a mask")
    driver.turn(10)
    assert marked(application) > 0


def test_nobody_hears_of_moves_before_what_was_given_up_is_released(driver, view, centre):
    driver.press("positiveButton")
    view.press(centre)
    heard = []
    beforeSlicer = 10.0
    view.interactor.AddObserver("MouseMoveEvent", lambda *_: heard.append(True), beforeSlicer)
    view.second_finger(np.add(centre, (-9, 0, 0)), np.add(centre, (-12, 3, 0)))
    view.mouse("MouseMoveEvent", *view.pixel(np.add(centre, FAR)))
    assert heard == []
    view.release(centre)
    view.mouse("MouseMoveEvent", *view.pixel(centre))
    assert heard == [True]


@pytest.mark.parametrize("tool", ["positiveButton", "boxButton", "scribbleButton"])
def test_a_pinch_zooms_and_leaves_nothing(driver, view, application, client, centre, tool):
    driver.press(tool)
    before = view.node.GetFieldOfView()[0]
    view.press(np.add(centre, NEAR))
    view.pinch(centre, 1.1, 1.3, 1.5, 1.8)
    view.release(np.add(centre, FAR))
    driver.turn(10)
    assert view.node.GetFieldOfView()[0] < 0.9 * before
    assert marked(application) == 0
    assert client.asked == []
    assert getattr(driver.ui, tool).checked


def test_a_pinch_between_the_corners_of_a_box_keeps_the_first(driver, view, client, centre):
    driver.press("boxButton")
    corners = np.add(centre, (-8, -7, 0)), np.add(centre, (8, 7, 0))
    view.click(corners[0])
    view.pinch(centre, 1.1, 1.3)
    view.press(np.add(centre, FAR))
    view.second_finger(centre)
    view.release(np.add(centre, FAR))
    view.click(corners[1])
    driver.wait_until(lambda: len(client.asked) == 1, "the prediction")
    size = np.linalg.norm(np.subtract(*corners)[:2])
    assert np.linalg.norm(driver.session.prompts.roi.size[:2]) == pytest.approx(size, abs=2)


@pytest.mark.parametrize("tool", ["", "positiveButton"])
def test_esc_puts_a_point_back_that_is_being_dragged(
    driver, view, window, client, centre, placing, tool
):
    if not tool:
        driver.press("positiveButton")  # ends
    (before,) = clickedIn(driver, points(driver))
    view.press(centre, np.add(centre, (3, 3, 0)), np.add(centre, FAR))
    assert clickedIn(driver, points(driver)) != [before]
    driver.pause(2 * SETTLE_S)  # held still, it is not dropped
    driver.press_key(window, qt.Qt.Key_Escape)
    assert clickedIn(driver, points(driver)) == [pytest.approx(before)]
    view.mouse("MouseMoveEvent", *view.pixel(centre))
    view.release(np.add(centre, FAR))
    driver.pause(2 * SETTLE_S)
    assert clickedIn(driver, points(driver)) == [pytest.approx(before)]
    assert len(client.asked) == 1
    driver.press("undoButton")
    assert driver.session.prompts.isEmpty
    assert not driver.session.canUndo


def test_while_placing_a_drag_moves_the_point_it_begins_on(driver, view, centre, placing):
    written = driver.written()
    view.drag([centre, np.add(centre, (3, 3, 0)), np.add(centre, FAR)])
    driver.wait_until(lambda: len(written) == 1, "a mask")
    (moved,) = clickedIn(driver, points(driver))
    assert np.linalg.norm(np.subtract(moved, np.add(centre, FAR))) < 1.5
    assert driver.ui.positiveButton.checked
    clickAndWait(driver, view, np.add(centre, (-5, 0, 0)))
    assert len(driver.session.prompts.clicks) == 2


def test_while_placing_a_drag_beside_the_points_places_one_where_it_ends(
    driver, view, centre, placing
):
    written = driver.written()
    view.drag([np.add(centre, step) for step in ((-7, 0, 0), (-7, 5, 0), (-7, 8, 0))])
    driver.wait_until(lambda: len(written) == 1, "a mask")
    placed = driver.session.prompts.clicks[-1].positionRas
    assert len(driver.session.prompts.clicks) == 2
    assert np.linalg.norm(np.subtract(placed, np.add(centre, (-7, 8, 0)))) < 1.5


def test_background_is_placed_and_an_object_point_moved_by_the_same_button(
    driver, view, centre, placing
):
    driver.press("negativeButton")
    written = driver.written()
    view.drag([centre, np.add(centre, (3, 3, 0)), np.add(centre, FAR)])
    driver.wait_until(lambda: len(written) == 1, "a mask")
    assert [click.label for click in driver.session.prompts.clicks] == [1]
    clickAndWait(driver, view, np.add(centre, (-7, 0, 0)))
    assert [click.label for click in driver.session.prompts.clicks] == [1, 0]


def test_a_click_just_before_is_no_part_of_what_is_given_up(driver, view, window, centre, placing):
    view.click(np.add(centre, (-7, 0, 0)))
    view.press(np.add(centre, NEAR))  # before anybody has looked
    driver.press_key(window, qt.Qt.Key_Escape)
    view.release(np.add(centre, NEAR))
    driver.turn(10)
    assert len(driver.session.prompts.clicks) == 2
