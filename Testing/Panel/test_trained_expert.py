"""The card of an expert that was trained from the panel: before and after, used, discarded."""

from itertools import pairwise
from pathlib import Path

import pytest

from panel_driver import PanelDriver
from panel_trainings import FORGETFUL, GOOD, HELD_OUT, begin, finish
from SAMMoESlicerLib.TrainingProgress import TrainingPhase
from tiny_bundle import write_tiny_bundle


@pytest.fixture
def done(driver, application, trainings, taught):
    """Return what lets a training end with such results."""

    def end(lines, **drawn):
        begin(driver)
        finish(driver, trainings, lines, **drawn)

    return end


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


def install_another(driver, tmp_path):
    """Install a colleague's model, whatever is being installed; return its folder."""
    other = write_tiny_bundle(tmp_path / "colleague", seed=5).path
    driver.panel._installer.install(other)
    driver.wait_until(lambda: not driver.panel._installer.isBusy, "the other model")
    driver.turn()
    return Path(driver.panel._bundleChoice.settings.bundle)


def test_a_model_installed_after_use_was_stopped_is_not_the_training_s(driver, done, tmp_path):
    done(GOOD)
    driver.press("useExpertButton")
    driver.press("cancelDownloadButton")
    other = install_another(driver, tmp_path)
    assert driver.panel.teach.training.training.used is None
    assert driver.ui.useExpertButton.text == "Use"
    driver.press("useExpertButton")
    driver.wait_until(lambda: driver.ui.useExpertButton.text == "Undo", "the model")
    driver.press("useExpertButton")
    assert other.is_dir()
    assert Path(driver.panel._bundleChoice.settings.bundle) == other


def test_a_model_installed_in_the_middle_of_use_is_not_the_training_s(driver, done, tmp_path):
    done(GOOD)
    driver.press("useExpertButton")
    other = install_another(driver, tmp_path)
    assert other.is_dir()
    assert driver.panel.teach.training.training.used is None
    assert driver.ui.useExpertButton.text == "Use"


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
