"""Real mouse events in a slice view drawn offscreen by Slicer's own displayable managers."""

from pathlib import Path

import numpy as np
import pytest

from SAMMoESlicerLib.Bridge import PromptRole
from slice_view import SliceView

OUTPUT = Path(__file__).parents[1] / "Output"


@pytest.fixture
def view(driver, application, volumeNode, centre):
    view = SliceView(application.mrml.scene, application.app.applicationLogic())
    view.show(volumeNode)
    view.node.JumpSliceByCentering(*centre)
    view.render()
    yield view
    view.close()


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
