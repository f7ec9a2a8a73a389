"""Training an expert from the panel: what is asked before, paused, gone on with, gone wrong."""

import json
from itertools import pairwise
from pathlib import Path

import qt
from PySide6.QtTest import QTest

from panel_driver import PanelDriver
from panel_trainings import GOOD, begin, finish, prepare
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.TrainingProgress import TrainingPhase
from SAMMoESlicerLib.Ui.Dependencies import Dependencies


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
