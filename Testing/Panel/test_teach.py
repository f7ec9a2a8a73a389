"""Teach: Ctrl+Enter keeps an example, 'Next scan' opens the one it is worth to look at next."""

import pytest
import qt

from disagreeing_client import DisagreeingClient, scanThatDisagreesBy
from grids import GRIDS, ellipsoid_volume
from sammoe.image_io import read_volume, write_volume
from SAMMoESlicerLib.Bridge import PromptRole, Structure
from tiny_bundle import write_tiny_bundle


@pytest.fixture
def folder(tmp_path):
    """A folder the user will choose for examples."""
    qt.QFileDialog.answers[:] = [str(tmp_path / "mine")]
    (tmp_path / "mine").mkdir()
    yield tmp_path / "mine"
    qt.QFileDialog.answers.clear()


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


def test_segments_of_one_name_are_said_to_be_one_example(driver, segmented, folder, centre):
    driver.session.nameAs(Structure("Lesion"))
    driver.session.addSegment(driver.ui.segmentationSelector.currentNode(), "Lesion")
    driver.click_and_wait(PromptRole.POSITIVE, centre + 3)
    driver.press("submitButton")
    driver.wait_until(lambda: "is an example now" in driver.notice, "the example")
    assert "2 segments named 'Lesion' are one example." in driver.notice


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


def test_a_folder_of_scans_that_is_gone_is_not_said_to_be_done(driver, application, tmp_path):
    teaching = driver.panel.teach.teaching
    teaching.useScans(tmp_path / "gone")
    driver.ui.teachSection.collapsed = False
    (tmp_path / "others").mkdir()
    application.answers[:] = [True]
    qt.QFileDialog.answers[:] = [str(tmp_path / "others")]
    driver.press("nextScanButton")
    asked = [question for _kind, question in application.messages]
    assert any("'gone' is gone, or cannot be read" in question for question in asked)
    assert not any("'gone' is done" in question for question in asked)
    assert teaching.scansFolder == tmp_path / "others"


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


def test_a_model_that_was_replaced_looks_at_the_scans_anew(driver, taught, tmp_path):
    (tmp_path / "scans").mkdir()
    write_volume(tmp_path / "scans" / "a.nrrd", scanThatDisagreesBy(0.2))
    ranking, choice = driver.panel.teach.teaching.ranking, driver.panel._bundleChoice
    ranking.useClients(lambda bundle: DisagreeingClient())
    choice.use(bundle=str(write_tiny_bundle(tmp_path / "model", seed=1).path))
    qt.QFileDialog.answers[:] = [str(tmp_path / "scans")]
    driver.press("nextScanButton")
    driver.wait_until(lambda: not ranking.isLooking, "the ranking")
    write_tiny_bundle(tmp_path / "model", seed=2)
    driver.press("nextScanButton")
    assert ranking.isLooking
    driver.wait_until(lambda: not ranking.isLooking, "the second ranking")
    choice.use(bundle="")
    assert ranking.isLooking
    assert not ranking.disagreements
