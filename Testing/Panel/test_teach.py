"""Teach: Ctrl+Enter keeps an example; an expert is trained, paused, gone on with, used or not."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import qt
from PySide6.QtTest import QTest

from disagreeing_client import DisagreeingClient, scanThatDisagreesBy
from fake_training import FakeTrainings
from grids import GRIDS, ellipsoid_volume
from panel_driver import PanelDriver
from sammoe import MaskPrompt
from sammoe.image_io import read_volume, write_volume
from SAMMoESlicerLib.Bridge import PromptRole, Structure
from SAMMoESlicerLib.Bridge.Example import Example
from SAMMoESlicerLib.ExampleStore import ExampleStore
from SAMMoESlicerLib.TrainingPace import KnownPaces, TrainingPace
from SAMMoESlicerLib.TrainingProgress import TrainingPhase
from SAMMoESlicerLib.Ui.Dependencies import Dependencies

CODE = "~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~~^^~^^"
GOOD = (
    "general: 0.600 -> 0.598 (-0.002), 2% of 40 general prompts go to an expert",
    "liver: general decoder 0.410, expert alone 0.700, together 0.655; 90% routed to it",
)
HELD_OUT = "measured on: scan_1, scan_2"
FORGETFUL = (GOOD[0].replace("0.598", "0.540"), GOOD[1])


@pytest.fixture
def folder(tmp_path):
    """A folder the user will choose for examples."""
    qt.QFileDialog.answers[:] = [str(tmp_path / "mine")]
    (tmp_path / "mine").mkdir()
    yield tmp_path / "mine"
    qt.QFileDialog.answers.clear()


@pytest.fixture
def trainings(driver, paces):
    """Processes that do what the test says, on a computer where everything is installed."""
    trainings = FakeTrainings()
    prepare(driver, trainings)
    return trainings


@pytest.fixture
def paces(driver, application):
    """How fast this computer trains: 0.5 s a step, and 400 s at the end."""
    paces = KnownPaces(application.app.userSettings())
    paces.keep(driver.panel._bundleChoice.card().architecture, TrainingPace(0.5, 400.0))
    return paces


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


def begin(driver):
    driver.press("trainButton")
    assert driver.ui.pauseTrainingButton.text == "Start"
    driver.press("pauseTrainingButton")


def finish(driver, trainings, lines, *, pictures=0):
    training = driver.panel.teach.training.training
    trainings.process.say(*lines)
    trainings.process.end(0)
    driver.wait_until(lambda: training.phase is TrainingPhase.DRAWING, "the last stage")
    for number in range(pictures):
        draw(training.folder / "report" / f"worst_{number + 1}.png")
    trainings.process.end(0)
    driver.wait_until(lambda: not driver.ui.useExpertButton.isHidden(), "the card")


def draw(path):
    """Write a picture of some colour."""
    path.parent.mkdir(exist_ok=True)
    image = qt.QImage(660, 240, qt.QImage.Format_RGB32)
    image.fill(qt.QColor("#305070"))
    assert image.save(str(path))


@pytest.fixture
def done(driver, application, trainings, taught):
    """Return what lets a training end with such results."""

    def end(lines, **drawn):
        begin(driver)
        finish(driver, trainings, lines, **drawn)

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


def test_once_there_is_an_expert_the_worst_scan_comes_first(driver, taught, tmp_path):
    scans = tmp_path / "scans"
    scans.mkdir()
    for name, share in (("a", 0.1), ("b", 0.3), ("c", 0.9), ("d", 0.5)):
        write_volume(scans / f"{name}.nrrd", scanThatDisagreesBy(share))
    ranking = driver.panel.teach.teaching.ranking
    ranking.useClients(lambda bundle: DisagreeingClient())
    qt.QFileDialog.answers[:] = [str(scans)]
    driver.ui.teachSection.collapsed = False
    driver.press("nextScanButton")  # nobody has looked yet: the first by name
    opened = driver.ui.volumeSelector
    assert opened.currentNode().GetName() == "a"
    assert "does worst on" in driver.ui.examplesLabel.text
    driver.wait_until(lambda: not ranking.isLooking, "the ranking")
    driver.press("nextScanButton")
    assert opened.currentNode().GetName() == "c"
    assert "4 scans seen, the worst comes next" in driver.ui.examplesLabel.text


def test_an_expert_is_trained_from_the_examples_after_a_yes(
    driver, application, trainings, taught, tiny_bundle
):
    driver.press("trainButton")
    assert trainings.commands == []
    said = driver.ui.trainingLabel.text
    assert "<b>Liver</b> from 3 scans: <b>about 25 minutes</b> on this computer" in said
    assert "8 scans are advised" in said
    assert "trained anew" in said  # the tiny bundle has a liver expert
    driver.press("cancelTrainingButton")
    assert trainings.commands == []
    begin(driver)
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


def test_an_expert_gets_a_name_and_a_code_before_it_is_trained(
    driver, window, trainings, taught, application
):
    driver.press("trainButton")
    assert "Its code: Liver." in driver.ui.trainingLabel.text
    edit = driver.ui.expertNameEdit
    assert edit.text == "Liver"
    driver.focus(edit)
    edit.selectAll()
    QTest.keyClicks(edit, "Spleen")
    driver.press_key(edit, qt.Qt.Key_Return)
    assert "Its code: Spleen." in driver.ui.trainingLabel.text
    assert "trained anew" not in driver.ui.trainingLabel.text
    driver.press("pauseTrainingButton")
    pairs = dict(pairwise(trainings.commands[0]))
    assert (pairs["--id"], pairs["--name"], pairs["--label"]) == ("spleen", "Spleen", "Liver")
    assert pairs["--code"].endswith("^Spleen")
    assert edit.isHidden()


def test_segmenting_goes_on_while_an_expert_is_trained(
    driver, application, trainings, taught, segmented, centre
):
    begin(driver)
    assert driver.click_and_wait(PromptRole.POSITIVE, centre + 2).mask_box_kji.any()
    assert driver.panel.teach.training.training.phase is TrainingPhase.RUNNING


def test_a_training_is_paused_and_gone_on_with_after_slicer_was_closed(
    driver, application, trainings, taught, realDriver, client
):
    begin(driver)
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


def test_what_is_done_is_seen_while_a_training_is_paused(driver, trainings, taught):
    begin(driver)
    trainings.process.step(5, 20, dice=0.523)
    driver.wait_until(lambda: driver.ui.trainingBar.value == 5, "progress")
    driver.press("pauseTrainingButton")
    trainings.process.end(130)
    driver.wait_until(lambda: driver.ui.pauseTrainingButton.text == "Resume", "the pause")
    assert (driver.ui.trainingBar.value, driver.ui.trainingBar.maximum) == (5, 20)


def test_closing_slicer_lets_a_training_write_its_checkpoint(
    driver, application, trainings, taught
):
    begin(driver)
    driver.panel.close()
    assert trainings.process.isLetGo
    assert not trainings.process.isCancelled


def doneSteps(training):
    return training.progress.done if training.progress is not None else 0


def test_where_nobody_knows_how_long_it_takes_that_is_measured_first(
    driver, application, trainings, taught
):
    application.app.userSettings().setValue("SAMMoE/TrainingPace", "")
    now_s = [0.0]
    training = driver.panel.teach.training.training
    training._clock = lambda: now_s[0]
    driver.press("trainButton")
    assert "measuring how long it takes" in driver.ui.trainingLabel.text
    for step in range(1, 6):
        trainings.process.step(step, 2000, dice=0.5)
        driver.wait_until(lambda step=step: doneSteps(training) == step, "the step")
        now_s[0] += 2.0
    driver.wait_until(lambda: trainings.process.isLetGo, "the end of measuring")
    (training.folder / "work" / "expert-liver.pt").write_bytes(b"checkpoint")
    trainings.process.end(130)
    driver.wait_until(lambda: driver.ui.pauseTrainingButton.enabled, "the checkpoint")
    assert "about 80 minutes" in driver.ui.trainingLabel.text  # 2000 steps of 2 s, and the rest
    driver.press("pauseTrainingButton")
    assert "--resume" in trainings.commands[-1]
    assert training.phase is TrainingPhase.RUNNING
    driver.wait_until(lambda: "starting" in driver.ui.trainingLabel.text, "the training")


def test_a_no_after_measuring_leaves_nothing(driver, application, trainings, taught):
    application.app.userSettings().setValue("SAMMoE/TrainingPace", "")
    driver.press("trainButton")
    for step in range(1, 6):
        trainings.process.step(step, 2000, dice=0.5)
    driver.wait_until(lambda: trainings.process.isLetGo, "the end of measuring")
    driver.press("cancelTrainingButton")
    assert trainings.process.isCancelled
    assert not driver.ui.trainButton.isHidden()
    assert not driver.panel.teach.training.training.folder.exists()


def test_the_card_says_before_and_after_and_shows_the_worst_cases(driver, done, trainings, taught):
    done((HELD_OUT, *GOOD), pictures=3)
    text = driver.ui.trainingLabel.text
    for number in ("0.41 before", "0.66", "0.60 before"):
        assert number in text
    assert "worse" not in text
    evaluation = trainings.commands[-1]
    assert evaluation[0] == "evaluate"
    assert [evaluation[n + 1] for n, part in enumerate(evaluation) if part == "--scan"] == [
        "scan_1", "scan_2",
    ]  # fmt: skip
    pairs = dict(pairwise(evaluation))
    assert (pairs["--data"], pairs["--expert"]) == (str(taught.folder), "Liver=liver")
    buttons = [driver.ui.worstCaseButton, driver.ui.secondWorstCaseButton]
    assert not any(button.isHidden() for button in (*buttons, driver.ui.thirdWorstCaseButton))


def test_use_takes_a_copy_of_the_model_and_can_be_undone(driver, done, realDriver):
    done(GOOD)
    training = driver.panel.teach.training.training
    driver.press("useExpertButton")
    driver.wait_until(lambda: driver.ui.useExpertButton.text == "Undo", "the model")
    assert "'Tiny + Liver' is installed and in use" in driver.notice
    assert driver.ui.bundleComboBox.currentText == "Tiny + Liver"
    assert "In use" in driver.ui.trainingLabel.text
    driver.press("useExpertButton")
    assert driver.panel._bundleChoice.settings.bundle == ""
    assert driver.ui.bundleComboBox.findText("Tiny + Liver") < 0
    assert driver.ui.useExpertButton.text == "Use"
    assert "0.66" in driver.ui.trainingLabel.text
    driver.press("useExpertButton")
    driver.wait_until(lambda: driver.ui.bundleComboBox.currentText == "Tiny + Liver", "the model")
    driver.wait_until(lambda: driver.ui.discardExpertButton.text == "Done", "the end")
    driver.press("discardExpertButton")
    assert training.phase is TrainingPhase.NONE
    assert not training.folder.exists()
    assert driver.ui.bundleComboBox.currentText == "Tiny + Liver"
    box = driver.ui.bundleComboBox
    box.setCurrentIndex(box.findData(""))  # the old one is still there
    box.activated(box.currentIndex)
    assert driver.panel._bundleChoice.settings.bundle == ""


def test_use_can_be_undone_after_slicer_was_closed(driver, application, done, client, trainings):
    done(GOOD)
    driver.press("useExpertButton")
    driver.wait_until(lambda: driver.ui.useExpertButton.text == "Undo", "the model")
    driver.close()
    again = PanelDriver(application)
    try:
        again.session.worker.useClient(client)
        assert again.ui.useExpertButton.text == "Undo"
        again.press("useExpertButton")
        assert again.panel._bundleChoice.settings.bundle == ""
    finally:
        again.close()


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
    begin(driver)
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
    driver.press("trainButton")
    assert missing.asked == 1
    assert trainings.commands == []
    assert not driver.ui.trainButton.isHidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_of_the_section(driver, application, trainings, taught, segmented, theme):
    output = Path(__file__).parents[1] / "Output"
    isDark = theme == "dark"
    driver.grab(output / f"panel-teach-{theme}.png", dark=isDark)
    begin(driver)
    trainings.process.step(5, 20, dice=0.523)
    driver.wait_until(lambda: driver.ui.trainingBar.value == 5, "progress")
    driver.grab(output / f"panel-training-{theme}.png", dark=isDark)
    finish(driver, trainings, FORGETFUL, pictures=3)
    assert driver.grab(output / f"panel-card-{theme}.png", dark=isDark).is_file()
