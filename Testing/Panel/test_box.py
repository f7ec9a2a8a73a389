"""A box drawn with the mouse in a slice view, and drawn again."""

import numpy as np
import pytest

from SAMMoESlicerLib.Bridge import PromptRole

CORNERS = (-12, -10, 0), (12, 10, 0)
SMALLER = (-6, -5, 0), (5, 4, 0)


def two_clicks(view, corners):
    for corner in corners:
        view.click(corner)


def a_drag(view, corners):
    view.drag([*np.linspace(*corners, 6)])


@pytest.fixture
def boxed(driver, view, centre, client):
    """A segment with a box and its mask."""
    driver.press("boxButton")
    a_drag(view, np.add(centre, CORNERS))
    driver.wait_until(lambda: len(client.asked) == 1, "the prediction")
    return driver.session.promptNode(PromptRole.BOX)


def boxes(application):
    return application.mrml.scene.GetNumberOfNodesByClass("vtkMRMLMarkupsROINode")


@pytest.mark.parametrize("draw", [two_clicks, a_drag])
def test_a_box_drawn_in_a_slice_is_as_deep_as_the_object_and_only_an_outline(
    driver, view, centre, client, ellipsoid, draw
):
    driver.press("boxButton")
    draw(view, np.add(centre, CORNERS))
    driver.wait_until(lambda: len(client.asked) == 1, "the prediction")
    box = driver.session.promptNode(PromptRole.BOX)
    assert_lies(box, np.add(centre, CORNERS))
    deep = box.GetSize()[2]
    assert 2 * 12 <= deep <= 2 * 12 * 1.35  # the ellipsoid's own half-axis is 12 mm
    assert not box.GetDisplayNode().GetFillVisibility()
    assert not driver.ui.boxButton.checked
    for offset in (3, 6):
        driver.click_and_wait(PromptRole.POSITIVE, np.add(centre, offset))
    assert driver.ui.askAgainButton.text == "Decided by the box, ask again"


def test_a_box_that_is_drawn_again_takes_the_place_of_the_first_and_undo_brings_that_back(
    driver, view, centre, client, application, boxed
):
    first = boxed.GetSize()
    driver.press("boxButton")
    two_clicks(view, np.add(centre, SMALLER))
    driver.wait_until(lambda: len(client.asked) == 2, "the second prediction")
    assert_lies(boxed, np.add(centre, SMALLER))
    assert boxes(application) == 1
    driver.press("undoButton")
    driver.wait_until(lambda: boxed.GetSize() == first, "the first box")


@pytest.mark.parametrize("given_up", ["boxButton", "positiveButton"])
def test_a_box_of_which_one_corner_was_placed_leaves_nothing(
    driver, view, centre, client, application, boxed, given_up
):
    first = boxed.GetSize()
    driver.press("boxButton")
    view.click(np.add(centre, (3, 3, 0)))
    driver.press(given_up)
    driver.turn(10)
    assert boxed.GetSize() == first
    assert boxes(application) == 1
    assert driver.ui.positiveButton.checked == (given_up == "positiveButton")
    assert len(client.asked) == 1


@pytest.mark.parametrize("finish", [two_clicks, a_drag])
def test_a_double_click_places_one_corner_of_a_box(driver, view, centre, client, finish):
    corners = np.add(centre, CORNERS)
    driver.press("boxButton")
    two_clicks(view, corners[[0, 0]])
    driver.turn(10)
    assert driver.ui.boxButton.checked
    finish(view, corners)
    driver.wait_until(lambda: len(client.asked) == 1, "the prediction")
    assert_lies(driver.session.promptNode(PromptRole.BOX), corners)


def assert_lies(box, corners):
    """Look at a box along the slice, where a pixel is up to a mm."""
    low, high = np.array(corners)[:, :2]
    assert np.allclose(np.array(box.GetSize())[:2], high - low, atol=2)
    assert np.allclose(np.array(box.GetCenterWorld())[:2], (low + high) / 2, atol=1)
