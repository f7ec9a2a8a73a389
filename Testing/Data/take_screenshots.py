"""Takes the pictures of the README: `python Testing/Data/take_screenshots.py [OUTPUT]`.

The real module, the real worker and the embedded model, in slice views drawn by Slicer's own
displayable managers; only the window around them is not Slicer's.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "SAMMoESlicer"), str(ROOT / "Testing" / "Data")]

import slicer_layer  # noqa: E402

APPLICATION = slicer_layer.install(Path(tempfile.mkdtemp(prefix="screenshots-")))

import numpy as np  # noqa: E402
import qt  # noqa: E402
from scipy import ndimage  # noqa: E402

from panel_driver import PanelDriver  # noqa: E402
from sammoe.geometry import transform_points  # noqa: E402
from sammoe.phantom import make_phantom  # noqa: E402
from SAMMoESlicerLib.Bridge import PromptRole  # noqa: E402
from SAMMoESlicerLib.Phantom import loadPhantom  # noqa: E402
from SAMMoESlicerLib.Phase import Phase  # noqa: E402
from slice_view import SliceView  # noqa: E402

VIEWS = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}
PANEL_PX, VIEW_PX, LOWER_PX, GAP_PX = 430, (560, 430), 450, 4
FIRST, NEXT = "vertebra L4", {"left kidney": 3, "liver": 4, "right kidney": 3, "vertebra L2": 2}
PINNED = {
    "left kidney": "general",
    "liver": "general",
    "right kidney": "general",
    "vertebra L2": "auto",
}
LOOKED_AT = "vertebra L2"


class Screen:
    """The panel at the left, three slice views at the right."""

    def __init__(self, driver, volume_node):
        self.driver = driver
        self.views = [
            SliceView(
                APPLICATION.mrml.scene,
                APPLICATION.app.applicationLogic(),
                name=name,
                orientation=orientation,
                size=VIEW_PX if name == "Red" else (VIEW_PX[0] // 2 - GAP_PX // 2, LOWER_PX),
            )
            for name, orientation in VIEWS.items()
        ]
        for view in self.views:
            view.show(volume_node)
        volume_node.GetDisplayNode().AutoWindowLevelOff()
        volume_node.GetDisplayNode().SetWindowLevel(400, 40)

    def look_at(self, point_ras):
        for view in self.views:
            view.node.JumpSliceByOffsetting(*point_ras)

    def save(self, path, *, dark):
        """Draw everything into one picture."""
        folder = Path(tempfile.mkdtemp())
        panel = qt.QPixmap(str(self.driver.grab(folder / "panel.png", width=PANEL_PX, dark=dark)))
        pictures = []
        for number, view in enumerate(self.views):
            view.save(folder / f"{number}.png")
            pictures.append(qt.QPixmap(str(folder / f"{number}.png")))
        left = panel.width() + GAP_PX
        below = VIEW_PX[1] + GAP_PX
        height = max(panel.height(), below + LOWER_PX)
        canvas = qt.QPixmap(left + VIEW_PX[0], height)
        canvas.fill(qt.QColor("#353535" if dark else "#efefef"))
        painter = qt.QPainter(canvas)
        painter.fillRect(left - GAP_PX, 0, VIEW_PX[0] + GAP_PX, height, qt.QColor("#161616"))
        painter.drawPixmap(0, 0, panel)
        painter.drawPixmap(left, 0, pictures[0])
        painter.drawPixmap(left, below, pictures[1])
        painter.drawPixmap(left + VIEW_PX[0] // 2 + GAP_PX // 2, below, pictures[2])
        painter.end()
        path.parent.mkdir(parents=True, exist_ok=True)
        canvas.save(str(path))


def segment(driver, phantom, name, *, clicks):
    """Click in the middle of a structure, then where its mask is most wrong."""
    truth, volume = phantom.mask_of(name), phantom.volume
    driver.press("positiveButton")
    result = driver.click_and_wait(PromptRole.POSITIVE, phantom.centre_of(name))
    for _click in range(clicks - 1):
        missing, wrong = truth & ~result.mask_kji, result.mask_kji & ~truth
        is_missing = missing.sum() >= wrong.sum()
        role = PromptRole.POSITIVE if is_missing else PromptRole.NEGATIVE
        where = deepest(missing if is_missing else wrong, volume)
        driver.ui.negativeButton.click() if role is PromptRole.NEGATIVE else None
        result = driver.click_and_wait(role, where)


def call(driver, name):
    """Name the segment by the field below the list, as its user would."""
    driver.ui.structureEdit.text = name
    driver.ui.structureEdit.textEdited(name)
    driver.ui.structureEdit.returnPressed()


def pin(driver, decoder):
    """Let one decoder be used, or with 'auto' the one the gate chooses."""
    for line in driver.expert_lines():
        wanted = decoder != "auto" and line.nameLabel.text.lower().startswith(decoder)
        if line.pinButton.checked != wanted:
            line.pinButton.click()


def deepest(mask, volume):
    """Return the middle of the thickest part of a mask, RAS mm."""
    depth = ndimage.distance_transform_edt(mask, sampling=volume.spacing_mm[::-1])
    kji = np.unravel_index(int(np.argmax(depth)), mask.shape)
    return transform_points(np.array(kji[::-1]), volume.ijk_to_ras)[0]


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Resources" / "Screenshots"
    APPLICATION.reset()
    driver = PanelDriver(APPLICATION)
    volume_node = loadPhantom()
    driver.wait_until(lambda: driver.ui.positiveButton.enabled, "the volume")
    driver.wait_until(lambda: driver.session.worker.phase is Phase.READY, "the model")
    driver.ui.firstRunFrame.visible = False
    driver.ui.expertsSection.collapsed = False
    screen = Screen(driver, volume_node)
    phantom = make_phantom()
    segment(driver, phantom, FIRST, clicks=1)
    screen.look_at(phantom.centre_of(FIRST))
    screen.save(output / "1-click.png", dark=False)
    for name, clicks in NEXT.items():
        driver.press("nextSegmentButton")
        pin(driver, PINNED[name])
        segment(driver, phantom, name, clicks=clicks)
        call(driver, name)
    screen.look_at(phantom.centre_of(LOOKED_AT))
    screen.save(output / "2-segments.png", dark=True)
    if driver.ui.disagreementButton.enabled:
        driver.press("disagreementButton")
        driver.wait_until(lambda: driver.panel.decoders.overlays.hasCompared, "the disagreement")
        if driver.ui.jumpButton.enabled:
            driver.press("jumpButton")
        screen.save(output / "3-disagreement.png", dark=False)
    driver.close()


if __name__ == "__main__":
    main()
