"""Teach: Ctrl+Enter keeps an example; an expert is trained, paused, gone on with, used or not."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import qt

from fake_training import FakeTrainings
from grids import GRIDS, ellipsoid_volume
from panel_driver import PanelDriver
from sammoe import MaskPrompt
from sammoe.image_io import read_volume, write_volume
from SAMMoESlicerLib.Bridge import PromptRole, Structure
from SAMMoESlicerLib.Bridge.Example import Example
from SAMMoESlicerLib.ExampleStore import ExampleStore
from SAMMoESlicerLib.ExpertTraining import TrainingPhase
from SAMMoESlicerLib.Ui.Dependencies import Dependencies

CODE = "~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~~^^~^^"
GOOD = (
    "general: 0.600 -> 0.598 (-0.002), 2% of 40 general prompts go to an expert",
    "liver: general decoder 0.410, expert alone 0.700, together 0.655; 90% routed to it",
)
FORGETFUL = (GOOD[0].replace("0.598", "0.540"), GOOD[1])


@pytest.fixture
def folder(tmp_path):
    """A folder the user will choose for examples."""
    qt.QFileDialog.answers[:] = [str(tmp_path / "mine")]
    (tmp_path / "mine").mkdir()
    yield tmp_path / "mine"
    qt.QFileDialog.answers.clear()


@pytest.fixture
def trainings(driver):
    """Processes that do what the test says, on a computer where everything is installed."""
    trainings = FakeTrainings()
    prepare(driver, trainings)
    return trainings


def prepare(driver, trainings):
    driver.panel.teach.training.training.useStart(trainings)
    driver.ui.teachSection.collapsed = False


@pytest.fixture
def taught(driver, tmp_path):
    """A folder with three examples of a liver, in use."""
    store = ExampleStore(tmp_path / "taught")
    for number in range(3):
        volume, mask, _ = ellipsoid_volume(
            GRIDS["oblique"], (20, 18 + number, 12), radii_mm=(6.0, 5.0, 8.0)
        )
        box = [(0, 0, 0), mask.shape[::-1]]
        store.submit(volume, Example("Liver", MaskPrompt(mask, box), terminology=CODE))
    driver.panel.teach.teaching.useFolder(store.folder)
    driver.turn()
    return store


def begin(driver, application):
    application.answers.append(True)
    driver.press("trainButton")


def finish(driver, trainings, lines):
    trainings.process.say(*lines)
    trainings.process.end(0)
    driver.wait_until(lambda: not driver.ui.useExpertButton.isHidden(), "the card")


@pytest.fixture
def done(driver, application, trainings, taught):
    """Return what lets a training end with such results."""

    def end(lines):
        begin(driver, application)
        finish(driver, trainings, lines)

    return end


def test_control_and_enter_keep_the_corrected_segment_as_an_example(
    driver, window, segmented, folder, volumeNode
):
    driver.session.nameAs(Structure("Liver"))
    driver.ui.teachSection.collapsed = False
    driver.focus(driver.ui.submitButton)
    driver.press_key(window, qt.Qt.Key_Return, qt.Qt.ControlModifier)
    driver.wait_until(lambda: "1 of 8" in driver.ui.examplesLabel.text, "the example")
    assert "'Liver' is an example now" in driver.notice
    (labels,) = (folder / "labelsTr").iterdir()
    written = read_volume(labels)
    assert (written.array_kji == 1).sum() == segmented.mask_box_kji.sum()
    assert driver.ui.examplesFolderButton.text == "Folder: mine"
    driver.press("submitButton")
    driver.wait_until(lambda: not driver.panel.teach.teaching.isBusy, "the second one")
    assert "1 of 8" in driver.ui.examplesLabel.text


def test_without_a_folder_nothing_is_written(driver, segmented):
    qt.QFileDialog.answers.clear()
    driver.press("submitButton")
    assert not driver.panel.teach.teaching.isBusy
    assert driver.panel.teach.teaching.store is None


def test_a_folder_that_is_not_ours_is_named_and_nothing_is_lost(driver, segmented, folder):
    (folder / "dataset.json").write_text("{}")
    driver.press("submitButton")
    driver.wait_until(lambda: "not begun here" in driver.notice, "the message")
    assert [path.name for path in folder.iterdir()] == ["dataset.json"]


def test_scans_are_opened_in_order_and_those_with_an_example_are_skipped(
    driver, folder, tmp_path, centre
):
    scans = tmp_path / "scans"
    scans.mkdir()
    volume, _, _ = ellipsoid_volume(GRIDS["oblique"], (40, 36, 24), radii_mm=(11.0, 9.0, 12.0))
    for name in ("a.nrrd", "b.nrrd"):
        write_volume(scans / name, volume)
    qt.QFileDialog.answers.insert(0, str(scans))
    driver.press("nextScanButton")
    opened = driver.ui.volumeSelector
    assert opened.currentNode().GetName() == "a"
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    driver.press("submitButton")
    driver.wait_until(lambda: driver.panel.teach.teaching.counts, "the example")
    driver.press("nextScanButton")
    assert opened.currentNode().GetName() == "b"
    assert driver.session.segmentId is None
    driver.press("nextScanButton")
    assert opened.currentNode().GetName() == "b"


def test_an_expert_is_trained_from_the_examples_after_a_yes(
    driver, application, trainings, taught, tiny_bundle
):
    driver.press("trainButton")
    assert trainings.commands == []
    begin(driver, application)
    question = application.messages[-1][1]
    assert "'Liver' from 3 scans" in question
    assert "8 are advised" in question
    assert "trained anew" in question  # the tiny bundle has a liver expert
    (command,) = trainings.commands
    pairs = dict(pairwise(command))
    assert pairs["--data"] == str(taught.folder)
    assert pairs["--id"] == "liver"
    assert pairs["--label"] == "Liver"
    assert pairs["--code"] == "SCT^10200004^Liver"
    assert "--replace" in command
    copy = Path(pairs["--bundle"])
    assert copy != tiny_bundle
    assert json.loads((copy / "bundle.json").read_text("utf-8"))["name"] == "Tiny + Liver"
    trainings.process.step(5, 20, dice=0.523)
    driver.wait_until(lambda: driver.ui.trainingBar.value == 5, "progress")
    assert driver.ui.trainingBar.maximum == 20
    assert "Dice 0.52" in driver.ui.trainingLabel.text


def test_segmenting_goes_on_while_an_expert_is_trained(
    driver, application, trainings, taught, segmented, centre
):
    begin(driver, application)
    assert driver.click_and_wait(PromptRole.POSITIVE, centre + 2).mask_box_kji.any()
    assert driver.panel.teach.training.training.phase is TrainingPhase.RUNNING


def test_a_training_is_paused_and_gone_on_with_after_slicer_was_closed(
    driver, application, trainings, taught, realDriver, client
):
    begin(driver, application)
    driver.press("pauseTrainingButton")
    assert trainings.process.isLetGo
    assert not driver.ui.pauseTrainingButton.enabled
    work = driver.panel.teach.training.training.folder / "work"
    (work / "expert-liver.pt").write_bytes(b"checkpoint")
    trainings.process.end(130)
    driver.wait_until(lambda: driver.ui.pauseTrainingButton.text == "Resume", "the pause")
    driver.close()
    again = PanelDriver(application)
    try:
        again.session.worker.useClient(client)
        prepare(again, trainings)
        assert again.ui.pauseTrainingButton.text == "Resume"
        assert "paused, nothing is lost" in again.ui.trainingLabel.text
        again.press("pauseTrainingButton")
        assert trainings.commands[1] == [*trainings.commands[0], "--resume"]
        finish(again, trainings, GOOD)
    finally:
        again.close()


def test_closing_slicer_lets_a_training_write_its_checkpoint(
    driver, application, trainings, taught
):
    begin(driver, application)
    driver.panel.close()
    assert trainings.process.isLetGo
    assert not trainings.process.isCancelled


def test_the_card_says_before_and_after_and_use_takes_a_copy_of_the_model(driver, done):
    done(GOOD)
    text = driver.ui.trainingLabel.text
    for number in ("0.41 before", "0.66", "0.60 before"):
        assert number in text
    assert "worse" not in text
    driver.press("useExpertButton")
    driver.wait_until(lambda: "installed and in use" in driver.notice, "the model")
    assert driver.ui.bundleComboBox.currentText == "Tiny + Liver"
    assert driver.panel.teach.training.training.phase is TrainingPhase.NONE
    assert not driver.panel.teach.training.training.folder.exists()
    box = driver.ui.bundleComboBox
    box.setCurrentIndex(box.findData(""))  # the old one is still there
    box.activated(box.currentIndex)
    assert driver.panel._bundleChoice.settings.bundle == ""


def test_an_expert_that_makes_general_tasks_forget_needs_two_yeses(driver, application, done):
    done(FORGETFUL)
    assert "worse at everything else" in driver.ui.trainingLabel.text
    application.answers[:] = [True, False]
    driver.press("useExpertButton")
    assert not driver.panel._installer.isBusy
    assert "loses 0.06 Dice" in application.messages[-2][1]
    application.answers[:] = [True, True]
    driver.press("useExpertButton")
    driver.wait_until(lambda: driver.ui.bundleComboBox.currentText == "Tiny + Liver", "the model")


def test_discard_deletes_the_expert_after_a_yes_and_keeps_the_examples(
    driver, application, done, taught
):
    done(GOOD)
    driver.press("discardExpertButton")
    assert driver.panel.teach.training.training.folder.exists()
    application.answers.append(True)
    driver.press("discardExpertButton")
    assert not driver.panel.teach.training.training.folder.exists()
    assert not driver.ui.trainButton.isHidden()
    assert taught.counts() == {"Liver": 3}


def test_a_training_that_fails_says_why_and_can_go_on(driver, application, trainings, taught):
    begin(driver, application)
    trainings.process.complain("sammoe train-expert: the scans hold no object of label 1")
    trainings.process.end(2)
    driver.wait_until(lambda: "hold no object" in driver.notice, "the message")
    assert driver.ui.pauseTrainingButton.text == "Resume"
    application.answers.append(True)
    driver.press("cancelTrainingButton")
    assert not driver.ui.trainButton.isHidden()


class Missing(Dependencies):
    """Without MONAI; the user is asked, and says no."""

    asked = 0

    def missing(self):
        return ["monai"]

    def ensure(self):
        self.asked += 1
        return False


def test_what_training_needs_is_asked_for_before_it_is_installed(
    driver, application, trainings, taught
):
    missing = driver.panel.teach.training.dependencies = Missing()
    begin(driver, application)
    assert missing.asked == 1
    assert trainings.commands == []
    assert not driver.ui.trainButton.isHidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_of_the_section(driver, application, trainings, taught, segmented, theme):
    output = Path(__file__).parents[1] / "Output"
    isDark = theme == "dark"
    driver.grab(output / f"panel-teach-{theme}.png", dark=isDark)
    begin(driver, application)
    trainings.process.step(5, 20, dice=0.523)
    driver.wait_until(lambda: driver.ui.trainingBar.value == 5, "progress")
    driver.grab(output / f"panel-training-{theme}.png", dark=isDark)
    finish(driver, trainings, FORGETFUL)
    assert driver.grab(output / f"panel-card-{theme}.png", dark=isDark).is_file()
