"""Draws every state of the panel: `python Testing/Data/take_panel_states.py [OUTPUT] [STATE ...]`.

Light and dark, as high and wide as the panel is on a screen of 1366 x 768 and of 1920 x 1080;
made to be looked at. What is below the visible part is drawn as well: it is reached by scrolling.
"""

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "SAMMoESlicer"), str(ROOT / "Testing" / "Data")]

import slicer_layer  # noqa: E402

APPLICATION = slicer_layer.install(Path(tempfile.mkdtemp(prefix="panel-states-")))

import qt  # noqa: E402

from fake_training import FakeTrainings  # noqa: E402
from grids import GRIDS, ellipsoid_volume  # noqa: E402
from panel_driver import PanelDriver  # noqa: E402
from sammoe import MaskPrompt  # noqa: E402
from sammoe.bundle import ExpertCard  # noqa: E402
from sammoe.errors import WorkerError  # noqa: E402
from sammoe.worker import Crashed, Ready  # noqa: E402
from SAMMoESlicerLib.Bridge import PromptRole  # noqa: E402
from SAMMoESlicerLib.Bridge.Example import Example  # noqa: E402
from SAMMoESlicerLib.ExampleStore import ExampleStore  # noqa: E402
from SAMMoESlicerLib.TrainingPace import KnownPaces, TrainingPace  # noqa: E402
from SAMMoESlicerLib.TrainingProgress import TrainingPhase  # noqa: E402
from three_experts import INFO, ThreeExpertsClient  # noqa: E402
from tiny_bundle import write_tiny_bundle  # noqa: E402

SCREENS = {"1366x768": (430, 700), "1920x1080": (520, 1012)}
"""Width and height that the panel has on a screen, below Slicer's bars."""
KILLED = "the worker was ended by SIGKILL (the system does that when memory runs out)"
VERDICT = (
    "measured on: scan_1, scan_2",
    "general: 0.600 -> {after:.3f} (-0.002), 2% of 40 general prompts go to an expert",
    "liver: general decoder 0.410, expert alone 0.700, together 0.655; 90% routed to it",
)


TWELVE = tuple(
    ExpertCard(f"expert-{n}", f"Expert {n} for a structure of forty letters", tau=0.5)
    for n in range(10, 22)
)


class States:
    """Brings a fresh panel into each state."""

    def __init__(self, driver, client, folder):
        self.driver, self.client, self.folder = driver, client, folder
        volume, _mask, self.centre = ellipsoid_volume(
            GRIDS["oblique"], (40, 36, 24), radii_mm=(11.0, 9.0, 12.0)
        )
        self.volume = volume

    def first_run(self):
        self.driver.ui.firstRunFrame.visible = True

    def idle(self):
        self._open()

    def placing(self):
        self._open()
        self.driver.press("positiveButton")

    def busy(self):
        self._click()
        self.client.holds = True
        self.driver.add_point(PromptRole.POSITIVE, self.centre + 3)
        self.driver.wait_until(lambda: self.driver.session.worker.stage == "encode", "progress")

    def result(self):
        self._click()
        self.driver.click_and_wait(PromptRole.NEGATIVE, self.centre + 9)

    def worklist(self):
        self._click()
        menu = self.driver.ui.templateButton.menu()
        next(action for action in menu.actions() if action.text.startswith("Spine")).trigger()
        for _row in range(3):
            self.driver.click_and_wait(PromptRole.POSITIVE, self.centre)
            self.driver.press("nextSegmentButton")
        self.driver.pause(0.3)

    def warning(self):
        self.client.touches_border = True
        self._click()

    def error(self):
        self._click()
        self.client.report(Crashed(WorkerError(KILLED), None))
        self.driver.wait_until(lambda: self.driver.notice, "the message")

    def experts(self):
        self._click()
        self.driver.ui.expertsSection.collapsed = False

    def twelve_experts(self):
        self.experts()
        self.client.report(Ready(0, {**INFO, "bundle": replace(INFO["bundle"], experts=TWELVE)}))
        self.driver.wait_until(lambda: len(self.driver.expert_lines()) > 12, "the experts")

    def disagreement(self):
        self.experts()
        self.driver.press("disagreementButton")
        overlays = self.driver.panel.decoders.overlays
        self.driver.wait_until(lambda: overlays.hasCompared, "the disagreement")

    def outline(self):
        self.experts()
        self.driver.panel.decoders.outlines.goOn()
        self.driver.pause(0.2)

    def writing(self):
        self._open()
        self.driver.ui.writingSection.collapsed = False

    def engine(self):
        self._open()
        self.driver.ui.engineSection.collapsed = False
        self.driver.ui.logButton.click()

    def teach(self):
        self._click()
        self.driver.ui.teachSection.collapsed = False

    def offer(self):
        self._taught()
        self.driver.press("trainButton")

    def measuring(self):
        self._taught(isKnown=False)
        self.driver.press("trainButton")
        self.driver.turn(3)

    def training(self):
        self.offer()
        self.driver.press("pauseTrainingButton")
        self.trainings.process.step(5, 20, dice=0.523)
        self.driver.wait_until(lambda: self.driver.ui.trainingBar.value == 5, "progress")

    def paused(self):
        self.training()
        self.driver.press("pauseTrainingButton")
        self.trainings.process.end(130)
        self.driver.wait_until(lambda: self.driver.ui.pauseTrainingButton.enabled, "the pause")

    def card(self, after=0.598):
        self.offer()
        self.driver.press("pauseTrainingButton")
        training = self.driver.panel.teach.training.training
        self.trainings.process.say(*(line.format(after=after) for line in VERDICT))
        self.trainings.process.end(0)
        self.driver.wait_until(lambda: training.phase is TrainingPhase.DRAWING, "the last stage")
        for number in range(3):
            draw(training.folder / "report" / f"worst_{number + 1}.png")
        self.trainings.process.end(0)
        self.driver.wait_until(lambda: training.phase is TrainingPhase.DONE, "the card")

    def forgets(self):
        self.card(after=0.540)

    def used(self):
        self.card()
        self.driver.press("useExpertButton")
        self.driver.wait_until(lambda: self.driver.ui.useExpertButton.text == "Undo", "the model")

    def presentation(self):
        self.driver.ui.presentationSection.collapsed = False
        self.driver.press("playButton")
        for _step in range(2):
            outcomes = self.driver.panel._presentation._presentation.outcomes
            done = len(outcomes)
            self.driver.press("nextStepButton")
            self.driver.wait_until(lambda n=done, o=outcomes: len(o) > n, "the step")

    def _open(self):
        self.driver.ui.firstRunFrame.visible = False
        node = APPLICATION.mrml.addVolume(self.volume)
        self.driver.ui.volumeSelector.setCurrentNode(node)
        self.driver.turn()

    def _click(self):
        self._open()
        self.driver.press("positiveButton")
        self.driver.click_and_wait(PromptRole.POSITIVE, self.centre)

    def _taught(self, *, isKnown=True):
        self._click()
        store = ExampleStore(self.folder / "examples")
        for number in range(9):
            volume, mask, _ = ellipsoid_volume(
                GRIDS["oblique"], (20, 18 + number, 12), radii_mm=(6.0, 5.0, 8.0)
            )
            box = [(0, 0, 0), mask.shape[::-1]]
            store.submit(volume, Example("Liver", MaskPrompt(mask, box)))
            if number < 4:
                store.submit(volume, Example("Spleen", MaskPrompt(mask, box)))
        self.driver.panel.teach.teaching.useFolder(store.folder)
        self.driver.ui.teachSection.collapsed = False
        self.trainings = FakeTrainings()
        self.driver.panel.teach.training.training.useStart(self.trainings)
        if isKnown:
            architecture = self.driver.panel._bundleChoice.card().architecture
            paces = KnownPaces(APPLICATION.app.userSettings())
            paces.keep(architecture, TrainingPace(0.5, 400.0))
        self.driver.turn()


STATES = [name for name in vars(States) if not name.startswith("_")]


def draw(path):
    """Write a picture in the place of a worst case."""
    path.parent.mkdir(exist_ok=True)
    image = qt.QImage(960, 448, qt.QImage.Format_RGB32)
    image.fill(qt.QColor("#202830"))
    image.save(str(path))


def grab(driver, path, *, size, dark):
    """Save the panel as it is on a screen, with what is reached by scrolling below a line."""
    APPLICATION.set_theme(dark=dark)
    driver.turn(2)
    driver.panel.enter()
    root = driver.widget.parent
    width, height = size
    root.resize(width, height)
    root.show()
    driver.turn(3)
    needed = root.layout().totalMinimumHeightForWidth(width)
    root.resize(width, max(needed, height))
    driver.turn(3)
    picture = root.grab()
    if needed > height:
        painter = qt.QPainter(picture)
        painter.fillRect(0, height, width, 2, qt.QColor("#d9534f"))
        painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(str(path))
    APPLICATION.set_theme(dark=False)


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Testing" / "Output" / "states"
    os.environ["SAMMOE_BUNDLE"] = str(write_tiny_bundle(Path(tempfile.mkdtemp()) / "tiny").path)
    for name in sys.argv[2:] or STATES:
        APPLICATION.reset()
        driver = PanelDriver(APPLICATION)
        client = ThreeExpertsClient()
        driver.session.worker.useClient(client)
        getattr(States(driver, client, Path(tempfile.mkdtemp())), name)()
        for screen, size in SCREENS.items():
            for theme in ("light", "dark"):
                path = output / f"{name}-{screen}-{theme}.png"
                grab(driver, path, size=size, dark=theme == "dark")
        driver.close()
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
