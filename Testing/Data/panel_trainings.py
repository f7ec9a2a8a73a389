"""Trainings as tests of the panel start, play and end them."""

import qt

from SAMMoESlicerLib.TrainingProgress import TrainingPhase

CODE = "~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~~^^~^^"
GOOD = (
    "general: 0.600 -> 0.598 (-0.002), 2% of 40 general prompts go to an expert",
    "liver: general decoder 0.410, expert alone 0.700, together 0.655; 90% routed to it",
)
HELD_OUT = "measured on: scan_1, scan_2"
FORGETFUL = (GOOD[0].replace("0.598", "0.540"), GOOD[1])


def prepare(driver, trainings):
    driver.panel.teach.training.training.useStart(trainings)
    driver.ui.teachSection.collapsed = False


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
