"""Pictures of the panel in each state, light and dark, in Testing/Output: made to be looked at."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from sammoe.errors import WorkerError
from sammoe.worker import Crashed
from SAMMoESlicerLib.Bridge import PromptRole

OUTPUT = Path(__file__).parents[1] / "Output"
KILLED = "the worker was ended by SIGKILL (the system does that when memory runs out)"


@pytest.fixture(params=["light", "dark"])
def picture(request, driver):
    """Save a picture of a state in one theme; say whether it is bright, and how much is on it."""
    theme = request.param

    def take(state):
        path = driver.grab(OUTPUT / f"panel-{state}-{theme}.png", dark=theme == "dark")
        grey = imread(path)[..., :3].mean(axis=2)
        ground = np.median(grey)
        assert (ground > 0.5) == (theme == "light")
        return (np.abs(grey - ground) > 0.2).mean() > 0.01  # text and icons stand out everywhere

    return take


def test_the_panel_before_anything(driver, volumeNode, picture):
    assert picture("idle")


def test_the_panel_while_the_model_works(driver, client, segmented, centre, picture):
    client.holds = True
    driver.add_point(PromptRole.POSITIVE, centre + 3)
    driver.wait_until(lambda: driver.session.worker.stage == "encode", "progress")
    assert picture("busy")


def test_the_panel_with_a_result(driver, segmented, centre, picture):
    driver.press("negativeButton")
    driver.click_and_wait(PromptRole.NEGATIVE, centre + 9)
    driver.press("nextSegmentButton")
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert picture("result")


def test_the_panel_with_a_warning(driver, client, volumeNode, centre, picture):
    client.touches_border = True
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert picture("warning")


def test_the_panel_with_an_error_and_everything_open(driver, client, segmented, picture):
    client.report(Crashed(WorkerError(KILLED), None))
    driver.wait_until(lambda: driver.notice, "the message")
    for section in ("writingSection", "engineSection", "presentationSection"):
        getattr(driver.ui, section).collapsed = False
    assert picture("error")
