"""A scripted user's day: `python Testing/Data/working_day.py CT LABELS [FOLDER]`.

Twenty structures of a real CT are segmented, named, coded, ticked, saved and exported through the
panel, by keys, clicks in the views' coordinates and the real worker; what it cost is printed.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "SAMMoESlicer"), str(ROOT / "Testing" / "Data")]

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402

from sammoe.geometry import transform_points  # noqa: E402

EXPORTS = ("Export all segments as a label map", "Export all segments as STL")
STRUCTURES = {
    1: "Spleen",
    2: "Right kidney",
    3: "Left kidney",
    4: "Gallbladder",
    5: "Liver",
    6: "Stomach",
    7: "Pancreas",
    11: "Left lower lobe of lung",
    14: "Right lower lobe of lung",
    18: "Small bowel",
    20: "Colon",
    30: "Vertebra L2",
    31: "Vertebra L1",
    32: "Vertebra T12",
    52: "Aorta",
    63: "Inferior vena cava",
    64: "Portal and splenic vein",
    79: "Spinal cord",
    86: "Left deep back muscle",
    87: "Right deep back muscle",
}


def own_template(path):
    """Write the worklist as a template of the user's own, with known codes."""
    whole = json.loads((ROOT / "Resources" / "Templates" / "total_body.json").read_text("utf-8"))
    known = {entry["name"]: entry for entry in whole["structures"]}
    rows = [known[name] for name in STRUCTURES.values()]
    path.write_text(json.dumps({"name": "Upper abdomen", "structures": rows}))
    return path


def deepest_points(labels_path, ijk_to_ras):
    """Return each structure's deepest place, RAS mm, and its mask (k, j, i)."""
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(labels_path)))
    found = {}
    for label, name in STRUCTURES.items():
        mask = labels == label
        image = sitk.GetImageFromArray(np.pad(mask, 1).astype(np.uint8))
        depth = sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(image, insideIsPositive=True))
        kji = np.array(np.unravel_index(int(np.argmax(depth)), depth.shape)) - 1
        found[name] = transform_points(kji[::-1], ijk_to_ras)[0], mask
    return found


class WorkingDay:
    """Works through a list; counts keys, clicks and seconds.

    Args:
        driver: The open panel, with its volume chosen.
        window: The main window, which hears the keys.
        folder: Where files go.
    """

    def __init__(self, driver, window, folder):
        self.driver, self.window, self.folder = driver, window, folder
        self.keys, self.clicks, self.export_clicks, self.results = 0, 0, 0, {}

    def begin(self):
        """Choose the worklist and start to place points."""
        import qt

        qt.QFileDialog.answers.append(str(own_template(self.folder / "own.json")))
        menu = self.driver.ui.templateButton.menu()
        next(action for action in menu.actions() if action.text.startswith("From")).trigger()
        self.driver.turn()
        self.press(qt.Qt.Key_1)

    def press(self, key):
        self.driver.press_key(self.window, key)
        self.keys += 1

    def segment(self, points):
        """One click a structure, one key to the next."""
        import qt

        from SAMMoESlicerLib.Bridge import PromptRole

        for number, (name, (point, _mask)) in enumerate(points.items()):
            if number:
                self.press(qt.Qt.Key_N)
            assert self.driver.session.segmentName == name
            self.results[name] = self.driver.click_and_wait(PromptRole.POSITIVE, point)
            self.clicks += 1

    def save_and_export(self, scene):
        """Export a label map and every surface by the rows' menu, and save the scene."""
        for beginning in EXPORTS:
            self.export(beginning)
        assert scene.WriteToMRB(str(self.folder / "day.mrb"))

    def export(self, beginning):
        """Open the menu, choose the entry, accept the folder."""
        import qt

        qt.QFileDialog.answers.append(str(self.folder))
        menu = self.driver.ui.segmentMenuButton.menu()
        next(action for action in menu.actions() if action.text.startswith(beginning)).trigger()
        self.driver.turn()
        assert self.driver.notice.startswith("Written to"), self.driver.notice
        self.export_clicks += 3


def main():
    ct, labels = Path(sys.argv[1]), Path(sys.argv[2])
    folder = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(tempfile.mkdtemp())
    import slicer_layer

    application = slicer_layer.install(Path(tempfile.mkdtemp(prefix="working-day-")))
    from panel_driver import PanelDriver
    from sammoe.image_io import read_volume

    application.reset()
    driver = PanelDriver(application)
    volume = read_volume(ct)
    driver.ui.volumeSelector.setCurrentNode(application.mrml.addVolume(volume))
    application.mainWindow.setCentralWidget(driver.widget.parent)
    application.mainWindow.show()
    driver.turn(3)
    points = deepest_points(labels, volume.ijk_to_ras)
    day = WorkingDay(driver, application.mainWindow, folder)
    day.begin()
    start = time.perf_counter()
    day.segment(points)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    day.save_and_export(application.mrml.scene)
    exported = time.perf_counter() - start
    for name, result in day.results.items():
        mask, truth = result.mask_kji, points[name][1]
        dice = 2 * (mask & truth).sum() / max(mask.sum() + truth.sum(), 1)
        sys.stdout.write(f"{name:28s} Dice {dice:.2f}  {result.expert or 'general'}\n")
    total = f"{len(points)} structures: {day.keys} keys, {day.clicks} clicks, {seconds:.0f} s; "
    sys.stdout.write(total + f"exports: {day.export_clicks} clicks, {exported:.0f} s\n")
    application.mainWindow.takeCentralWidget()
    driver.close()


if __name__ == "__main__":
    main()
