"""The presentation: Space for the next step, F9 to begin again, a kill that is recovered from."""

import os
from dataclasses import replace

import pytest
import qt

from sammoe.errors import WorkerError
from sammoe.worker import Crashed

STEPS = 6


@pytest.fixture
def killed(monkeypatch, driver, client):
    """The processes that were killed; the engine notices and starts afresh."""
    pids = []

    def kill(pid, _signal):
        pids.append(pid)
        client.report(Crashed(WorkerError("the worker was killed"), restart_in_s=0.0))
        client.start()

    monkeypatch.setattr(os, "kill", kill)
    return pids


@pytest.fixture
def begun(driver, window, view, killed):
    """The presentation, ready for its first step."""
    driver.ui.presentationSection.collapsed = False
    driver.press("playButton")
    driver.session.worker.info = replace(driver.session.worker.info, pid=4242)
    return driver


def lines(driver):
    return driver.ui.presentationLabel.text.split("<br>")


def nextStep(driver, window):
    done = len(driver.panel._presentation._presentation.outcomes)
    driver.press_key(window, qt.Qt.Key_Space)
    shown = driver.panel._presentation._presentation.outcomes
    driver.wait_until(lambda: len(shown) > done, "the step")
    driver.turn(3)


def captions(view):
    props = view.interactor.GetRenderWindow().GetRenderers().GetFirstRenderer().GetViewProps()
    actors = [props.GetItemAsObject(n) for n in range(props.GetNumberOfItems())]
    return [actor.GetInput() for actor in actors if actor.IsA("vtkTextActor")]


def test_nothing_happens_before_the_space_bar(begun, client):
    assert client.asked == []
    assert lines(begun)[-1] == "Space: next step"


def test_each_step_has_a_caption_in_the_views_and_the_slices_go_there(begun, window, view):
    nextStep(begun, window)
    assert captions(view)[-1].startswith("1 click, ")
    assert "Spleen" in captions(view)[-1]
    spleen = begun.session.prompts.clicks[0].positionRas
    nextStep(begun, window)
    flight = begun.panel._presentation._flight
    begun.wait_until(lambda: not flight.isFlying, "the flight's end")
    kidney = begun.session.prompts.clicks[0].positionRas
    assert view.node.GetSliceOffset() == pytest.approx(kidney[2], abs=0.1)
    assert kidney != spleen


def test_a_wrong_mask_is_mended_with_one_click(begun, window):
    for _step in range(3):
        nextStep(begun, window)
    assert "mended" in lines(begun)[2]
    assert begun.ui.segmentsTable.segmentCount == 2
    assert len(begun.session.prompts.clicks) == 2


def test_a_killed_model_recovers_and_the_show_goes_on_to_the_last_card(begun, window, view, killed):
    for _step in range(STEPS):
        nextStep(begun, window)
    assert killed == [4242]
    begun.press_key(window, qt.Qt.Key_Space)
    assert f"{STEPS} clicks" in lines(begun)[-1]
    assert "mean Dice" in captions(view)[-1]
    assert not begun.ui.nextStepButton.enabled


def test_f9_begins_again(begun, window, view, application):
    nextStep(begun, window)
    begun.press_key(window, qt.Qt.Key_F9)
    assert begun.ui.segmentsTable.segmentCount == 0
    assert captions(view) == []
    assert lines(begun) == ["Space: next step"]
    scene = application.mrml.scene
    assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsFiducialNode") == 0


def test_the_space_bar_is_nobodys_outside_a_presentation(driver, window, segmented, client):
    asked = len(client.asked)
    driver.press_key(window, qt.Qt.Key_Space)
    driver.turn(3)
    assert len(client.asked) == asked
