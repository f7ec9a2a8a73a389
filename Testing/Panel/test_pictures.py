"""Pictures of the panel in each state, light and dark, in Testing/Output: made to be looked at."""

from dataclasses import replace
from pathlib import Path

import pytest

from fake_client import FakeClient
from sammoe.errors import WorkerError
from sammoe.worker import Crashed
from SAMMoESlicerLib.Bridge import PromptRole

OUTPUT = Path(__file__).parents[1] / "Output"
EXPERTS = [
    {"id": "vessel", "name": "Vessel tree", "color": (0.85, 0.3, 0.3), "tau": 0.5},
    {"id": "lesion", "name": "Lesion", "color": (0.95, 0.6, 0.2), "tau": 0.45},
    {"id": "vertebra", "name": "Vertebra", "color": (0.35, 0.7, 0.55), "tau": 0.6},
]
SCORES = {"vessel": 0.72, "lesion": 0.08, "vertebra": 0.03, "general": 0.17}


class PictureClient(FakeClient):
    """Answers as a bundle of three experts would."""

    def start(self):
        super().start()
        bundle = {"name": "Demo", "tau": 0.5, "experts": EXPERTS}
        self._events[-1] = replace(
            self._events[-1], info={"bundle": bundle, "device": "cpu", "peak_memory_mb": 812}
        )
        return 0

    restart = start

    def _result(self, prompts):
        result = super()._result(prompts)
        return replace(result, scores=SCORES, touches_border=self.touches_border)

    touches_border = False


@pytest.fixture
def client(driver, volume_node):
    client = PictureClient()
    driver.session.engine.useClient(client)
    driver.ui.volumeSelector.setCurrentNode(volume_node)
    driver.turn()
    return client


@pytest.fixture(params=["light", "dark"])
def picture(request, driver):
    """Save a picture of a state in one theme."""
    theme = request.param

    def take(state):
        return driver.grab(OUTPUT / f"panel-{state}-{theme}.png", dark=theme == "dark")

    return take


def test_the_panel_before_anything(driver, client, picture):
    assert picture("idle").stat().st_size > 5000


def test_the_panel_while_the_model_works(driver, client, ellipsoid, picture):
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, ellipsoid[2])
    client.holds = True
    driver.add_point(PromptRole.POSITIVE, ellipsoid[2] + 3)
    driver.wait_until(lambda: driver.session.engine.stage == "encode", "progress")
    assert picture("busy").stat().st_size > 5000


def test_the_panel_with_a_result(driver, client, ellipsoid, picture):
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, ellipsoid[2])
    driver.press("negativeButton")
    driver.click_and_wait(PromptRole.NEGATIVE, ellipsoid[2] + 9)
    driver.press("nextSegmentButton")
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, ellipsoid[2])
    assert picture("result").stat().st_size > 5000


def test_the_panel_with_a_warning(driver, client, ellipsoid, picture):
    client.touches_border = True
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, ellipsoid[2])
    assert picture("warning").stat().st_size > 5000


def test_the_panel_with_an_error_and_everything_open(driver, client, ellipsoid, picture):
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, ellipsoid[2])
    client.report(
        Crashed(
            WorkerError(
                "the worker was ended by SIGKILL (the system does that when memory runs out)"
            ),
            None,
        )
    )
    driver.wait_until(lambda: driver.notice, "the message")
    driver.ui.writingSection.collapsed = False
    driver.ui.engineSection.collapsed = False
    assert picture("error").stat().st_size > 5000
