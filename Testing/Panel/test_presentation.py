"""The presentation: Space for the next step, F9 to begin again, a kill that is recovered from."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import qt

from sammoe.errors import WorkerError
from sammoe.worker import Crashed

STEPS = 6
DATA = Path(__file__).parents[3] / "shared" / "data"
CT, PHANTOM = 1, 0


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
    second = begun.session.prompts.clicks[0].positionRas
    assert view.node.GetSliceOffset() == pytest.approx(second[2], abs=0.1)
    assert second != spleen


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


def test_f9_removes_what_was_played_where_another_segmentation_is_chosen(begun, window):
    nextStep(begun, window)
    played = begun.ui.segmentationSelector.currentNode().GetSegmentation()
    begun.ui.segmentationSelector.addNode()
    begun.press("nextSegmentButton")
    own = begun.ui.segmentationSelector.currentNode().GetSegmentation()
    begun.press_key(window, qt.Qt.Key_F9)
    assert played.GetNumberOfSegments() == 0
    assert own.GetNumberOfSegments() == 1


def test_the_space_bar_is_nobodys_outside_a_presentation(driver, window, segmented, client):
    asked = len(client.asked)
    driver.press_key(window, qt.Qt.Key_Space)
    driver.turn(3)
    assert len(client.asked) == asked


@pytest.fixture(autouse=True)
def _nothing_kept(application):
    """No earlier test has got the real CT."""
    kept = Path(application.app.slicerUserSettingsFilePath).parent / "SAMMoE" / "Samples"
    shutil.rmtree(kept, ignore_errors=True)


@pytest.fixture
def published(application):
    """Addresses at which the files of the real CT can be got, as from the net."""
    import SampleData

    from SAMMoESlicerLib.SampleSources import TORSO_CT, TORSO_SPINE

    files = {
        TORSO_CT.url: DATA / "ct_torso.nii.gz",
        TORSO_SPINE.url: DATA / "ct_torso_spine_labels.nii.gz",
    }
    if not all(path.is_file() for path in files.values()):
        pytest.skip("the real scans are not beside the repository (../shared/data)")
    SampleData.SampleDataLogic.files.update(files)
    yield SampleData.SampleDataLogic.files
    SampleData.SampleDataLogic.files.clear()


def choose(driver, index):
    box = driver.ui.presentationSampleBox
    box.setCurrentIndex(index)
    box.activated(index)
    driver.turn()
    return box


def test_the_real_ct_is_downloaded_after_a_yes_and_shown_with_its_reference(
    driver, window, view, killed, published, application
):
    driver.ui.presentationSection.collapsed = False
    application.answers.append(True)
    box = choose(driver, CT)
    kind, question = application.messages[-1]
    assert (kind, "Apache-2.0" in question, "SHA256" in question) == ("question", True, True)
    assert box.currentIndex == CT
    driver.press("playButton")
    driver.session.worker.info = replace(driver.session.worker.info, pid=4242)
    assert driver.ui.volumeSelector.currentNode().GetName() == "TorsoCT"
    assert not box.enabled
    for _step in range(STEPS):
        nextStep(driver, window)
    driver.press_key(window, qt.Qt.Key_Space)
    assert killed == [4242]
    assert "mended" in lines(driver)[3]
    assert "mean Dice" in captions(view)[-1]
    published.clear()  # it is kept: the next presentation needs no net
    driver.press_key(window, qt.Qt.Key_F9)
    assert lines(driver) == ["Space: next step"]
    assert driver.ui.volumeSelector.currentNode().GetName() == "TorsoCT"


@pytest.mark.parametrize("answer", [False, True])
def test_without_the_real_ct_the_phantom_is_shown(driver, application, answer):
    driver.ui.presentationSection.collapsed = False
    application.answers.append(answer)
    assert choose(driver, CT).currentIndex == PHANTOM
    assert ("did not arrive" in driver.notice) == answer
    driver.press("playButton")
    assert driver.ui.volumeSelector.currentNode().GetName() == "TorsoPhantom"


def test_a_file_that_is_not_what_was_published_is_not_taken(driver, application, published):
    for url in published:
        published[url] = Path(__file__)
    application.answers.append(True)
    assert choose(driver, CT).currentIndex == PHANTOM
    assert "did not arrive whole" in driver.notice
