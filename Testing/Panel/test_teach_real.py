"""From eight patients' corrected scans to an expert in use that is better on eight others.

The whole way through the panel on real scans: opened by 'Next scan', clicked, corrected, submitted
with Ctrl+Enter, trained by the real command, used; nothing of it depends on speed.
"""

from pathlib import Path

import numpy as np
import pytest
import qt
import SimpleITK as sitk

from painting_hand import Hand
from panel_driver import PanelDriver
from sammoe.image_io import read_volume
from SAMMoESlicerLib.Bridge import PromptRole, Structure
from SAMMoESlicerLib.Phase import Phase
from SAMMoESlicerLib.TrainingProgress import TrainingPhase

ROOT = Path(__file__).parents[2]
SARCOMA = ROOT.parent / "shared" / "data" / "sarcoma"
BUNDLE = ROOT / "Resources" / "Models" / "demo"
TAUGHT = ("001", "002", "003", "004", "005", "006", "007", "008")
OTHERS = ("010", "011", "012", "013", "014", "015", "016", "017")
SHORT = (
    "--rate", "4e-4", "--views", "1", "--gate-steps", "60", "--gate-samples", "8",
    "--anatomy", "none", "--scenes", "3", "--test-samples", "2", "--test-clicks", "1",
    "--threads", "1", "--device", "cpu",
)  # fmt: skip
NAME = "Soft-tissue sarcoma"

pytestmark = [
    pytest.mark.skipif(
        not SARCOMA.is_dir(), reason="the sarcoma scans are not beside the repository"
    ),
    pytest.mark.skipif(not BUNDLE.is_dir(), reason="the embedded model is not there"),
    pytest.mark.timeout(1500),
]


def scan(patient):
    return SARCOMA / "images" / f"sts{patient}_mr_t1.nii.gz"


def truth(patient):
    """Return the tumour as it was drawn by hand, (k, j, i)."""
    return read_volume(SARCOMA / "labels" / scan(patient).name).array_kji > 0


def middle(mask):
    """Return the voxel of a mask that is farthest from its border, (3,) IJK."""
    image = sitk.GetImageFromArray(np.pad(mask, 1).astype(np.uint8))
    depth = sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(image, insideIsPositive=True))
    kji = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return np.array(kji[::-1]) - 1


def dice(mask, other):
    return 2 * int((mask & other).sum()) / max(int(mask.sum() + other.sum()), 1)


@pytest.fixture
def driver(application, raised, monkeypatch):
    """The open module with the embedded model and its real worker."""
    monkeypatch.setenv("SAMMOE_BUNDLE", str(BUNDLE))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    application.reset()
    driver = PanelDriver(application)
    yield driver
    driver.close()


@pytest.fixture
def scans(tmp_path):
    """A folder with eight patients' scans."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for patient in TAUGHT:
        (folder / scan(patient).name).symlink_to(scan(patient))
    return folder


def clickOnce(driver, mask):
    """Click in the middle of an object in the scan that is open; returns the mask."""
    volume = driver.session.volume
    if not driver.ui.positiveButton.checked:
        driver.press("positiveButton")
    i, j, k = middle(mask)
    point_ras = volume.ijk_to_ras @ (i, j, k, 1.0)
    return driver.click_and_wait(PromptRole.POSITIVE, point_ras[:3]).mask_kji


def submitCorrected(driver, patient, count):
    """Open the next scan, click, make the mask what the radiologist drew, and keep it."""
    driver.press("nextScanButton")
    assert driver.ui.volumeSelector.currentNode().GetName().startswith(f"sts{patient}")
    mask = truth(patient)
    clickOnce(driver, mask)
    segmentation = driver.widget.logic.getParameterNode().segmentation
    hand = Hand(segmentation, driver.session.volume)
    hand.draw(driver.session.segmentId, add=mask, remove=~mask)
    driver.session.nameAs(Structure(NAME))
    driver.press("submitButton")
    teaching = driver.panel.teach.teaching
    driver.wait_until(lambda: teaching.counts.get(NAME) == count, "the example")


def meanOnOthers(driver):
    """Return mean Dice after one click on patients nobody has learnt from."""
    found = []
    for patient in OTHERS:
        driver.ui.volumeSelector.setCurrentNode(
            driver.application.mrml.addVolume(read_volume(scan(patient)))
        )
        driver.ui.segmentationSelector.setCurrentNode(None)
        driver.turn(2)
        mask = truth(patient)
        found.append(dice(clickOnce(driver, mask), mask))
    return float(np.mean(found))


def train(driver):
    """Train a short time, and wait for the card."""
    section = driver.panel.teach.training
    section.planner.change(steps=60, more=SHORT)
    driver.press("trainButton")
    driver.wait_until(
        lambda: (
            driver.ui.pauseTrainingButton.text == "Start" and driver.ui.pauseTrainingButton.enabled
        ),
        "how long it takes",
    )
    assert "on this computer" in driver.ui.trainingLabel.text
    driver.press("pauseTrainingButton")
    training = section.training
    driver.wait_until(
        lambda: training.phase in (TrainingPhase.DONE, TrainingPhase.PAUSED), "the card"
    )
    assert training.phase is TrainingPhase.DONE, driver.notice


def test_eight_corrected_scans_make_an_expert_that_is_better_on_eight_others(
    driver, scans, tmp_path
):
    qt.QFileDialog.answers[:] = [str(scans), str(tmp_path / "examples")]
    driver.ui.teachSection.collapsed = False
    for count, patient in enumerate(TAUGHT, start=1):
        submitCorrected(driver, patient, count)
    before = meanOnOthers(driver)
    train(driver)
    assert not driver.ui.worstCaseButton.isHidden()
    verdict = driver.panel.teach.training.training.verdict
    driver.application.answers[:] = [True, True] if verdict.forgets else []
    driver.press("useExpertButton")
    driver.wait_until(lambda: driver.ui.useExpertButton.text == "Undo", "the new model")
    driver.wait_until(lambda: driver.session.worker.phase is not Phase.STARTING, "its worker")
    driver.ui.expertsSection.collapsed = False
    driver.expert_line("Soft-tissue").pinButton.click()
    after = meanOnOthers(driver)
    print(f"mean Dice after one click on {len(OTHERS)} others: {before:.3f} -> {after:.3f}")
    assert after > before
