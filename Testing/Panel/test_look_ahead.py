"""The mouse rests over a slice while a point is placed: real events, an engine that takes notes."""

import numpy as np
import pytest

from SAMMoESlicerLib.LookAhead import REST_S

LONGER_S = 2 * REST_S


@pytest.fixture
def placing(driver, view):
    """A point inside the first object is placed."""
    driver.press("positiveButton")
    driver.wait_until(lambda: driver.status, "the engine")


def hover(driver, view, point):
    """Move the mouse to a position and let it rest."""
    view.mouse("EnterEvent", *view.pixel(point))
    view.mouse("MouseMoveEvent", *view.pixel(point))
    driver.pause(LONGER_S)


def places(client):
    """Return where was looked ahead, (N, 3)."""
    return np.concatenate([prompts.points_ras for prompts, _options in client.looked_ahead])


def test_the_engine_looks_once_where_the_mouse_rests(driver, view, client, centre, placing):
    hover(driver, view, centre)
    driver.pause(LONGER_S)
    assert np.linalg.norm(places(client) - centre, axis=1).tolist() == pytest.approx([0], abs=1.0)
    hover(driver, view, np.add(centre, (6, 0, 0)))
    assert len(places(client)) == 2


def test_a_mouse_on_its_way_is_not_followed(driver, view, client, centre, placing):
    for step in range(4):
        view.mouse("MouseMoveEvent", *view.pixel(np.add(centre, (step, 0, 0))))
        driver.turn()
    view.mouse("LeaveEvent", 0, 0)
    driver.pause(LONGER_S)
    assert client.looked_ahead == []


def test_a_click_goes_before_what_was_about_to_be_looked_at(driver, view, client, centre, placing):
    written = driver.written()
    view.click(centre)
    driver.wait_until(lambda: len(written) == 1, "a mask")
    driver.pause(LONGER_S)
    assert client.looked_ahead == []
    hover(driver, view, np.add(centre, (6, 0, 0)))  # the object has a click by now
    assert client.looked_ahead == []
    driver.press("nextSegmentButton")
    hover(driver, view, np.add(centre, (9, 0, 0)))
    assert len(places(client)) == 1


def test_nothing_is_looked_at_while_nothing_is_placed(driver, view, client, centre, placing):
    driver.press("positiveButton")
    hover(driver, view, centre)
    driver.press("negativeButton")
    hover(driver, view, centre)
    assert client.looked_ahead == []


def test_outside_the_volume_there_is_nothing_to_see(driver, view, client, centre, placing):
    hover(driver, view, np.add(centre, (300, 0, 0)))
    assert client.looked_ahead == []
    assert driver.notice == ""


def test_the_choice_is_kept_by_the_settings(driver, application, view, client, centre, placing):
    assert driver.ui.lookAheadCheckBox.checked
    driver.ui.lookAheadCheckBox.click()
    hover(driver, view, centre)
    assert client.looked_ahead == []
    kept = application.app.userSettings().value("SAMMoE/LookAhead")
    assert str(kept).lower() == "false"


def test_a_remote_engine_looks_at_nothing_before_the_user_agreed(
    driver, view, client, centre, placing
):
    driver.session.worker.mayStart = lambda: False
    hover(driver, view, centre)
    assert client.looked_ahead == []
