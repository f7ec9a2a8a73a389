"""The tool in a real browser with a real mouse: clicks, corrections, the worker's end, files."""

import json
import os
import signal
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from dicom_slices import write_dicom
from read_dicom_seg import read_dicom_seg
from sammoe.image_io import read_volume
from sammoe.image_io.volume_files import to_image
from web_server import IDLE

VIEWS = ("Axial", "Coronal", "Sagittal", "3-D")


def masked_pixels(page, view):
    """Count the pixels of the first segment's pink in what a view shows."""
    red, green, blue = np.moveaxis(page.picture(view), 2, 0)
    return int(((red - green > 20) & (blue - green > 10)).sum())


def saved_as(kind, page, folder):
    """Return the file that the page gives to take home."""
    with page.page.expect_download() as download:
        page.page.evaluate(f"window.sammoe.save('{kind}')")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_click_in_a_slice_puts_a_mask_into_all_views_and_fills_the_bars(page):
    assert [masked_pixels(page, view) for view in VIEWS] == [0, 0, 0, 0]
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml")
    for view in VIEWS:
        assert page.see(lambda view=view: masked_pixels(page, view) > 1000), f"no mask in {view}"
    bars = page.page.locator("[data-expert]").all_inner_texts()
    assert bars[-1].startswith("General")
    assert sum(int(bar.split("\n")[1].split()[0]) for bar in bars) == pytest.approx(100, abs=2)


def test_every_correction_is_a_step_back_and_forth(segmented):
    first = segmented.size()
    segmented.press("Background")
    segmented.click("Axial", right=40)
    segmented.wait_for_points(2)
    second = segmented.wait_for_other_size(first)

    segmented.page.keyboard.press("Escape")
    segmented.drag("Axial", (40, 0), (10, 10))
    third = segmented.wait_for_other_size(second)
    segmented.page.keyboard.press("Control+z")
    segmented.wait_for_size(second)
    segmented.page.click("[data-point] >> nth=1 >> button")
    segmented.wait_for_points(1)
    segmented.wait_for_size(first)
    segmented.page.keyboard.press("Control+z")
    segmented.wait_for_size(second)
    assert third != first
    segmented.press("Reset")
    segmented.wait_for_size("")
    segmented.press("Undo")
    segmented.wait_for_size(second)


def test_a_box_is_drawn_with_a_drag_and_the_next_object_with_one_key_and_one_click(segmented):
    segmented.page.keyboard.press("n")
    segmented.wait_for("document.querySelectorAll('[data-segment]').length === 2")
    segmented.click("Coronal", right=5)  # placing goes on
    segmented.wait_for_size(r"[\d.]+ ml", of=1)
    segmented.page.keyboard.press("n")
    segmented.page.keyboard.press("3")
    segmented.drag("Axial", (30, 20), (95, 80))  # beside the others, whose voxels stay theirs
    segmented.wait_for_size(r"[\d.]+ ml", of=2)
    assert segmented.points() == []
    segmented.page.click("[data-segment] >> nth=1 >> button[title^=Delete]")
    segmented.wait_for("document.querySelectorAll('[data-segment]').length === 2")
    segmented.press("Undo")
    segmented.wait_for("document.querySelectorAll('[data-segment]').length === 3")


def test_a_scribble_is_drawn_by_a_drag_and_undone(page):
    page.press("Scribble")
    page.drag("Axial", (-40, 0), (40, 10))
    page.wait_for_size(r"[\d.]+ ml")
    page.page.keyboard.press("Escape")
    page.press("Undo")
    page.wait_for_size("")


def test_a_worker_that_is_killed_comes_back_and_nothing_is_lost(server, segmented):
    size = segmented.size()
    os.kill(server.worker_pid(), signal.SIGKILL)
    segmented.page.wait_for_selector("#notice:has-text('SIGKILL')")
    segmented.page.wait_for_selector("#notice:has-text('is back')")
    assert segmented.size() == size
    segmented.press("Background")
    segmented.click("Axial", right=20)
    segmented.wait_for_points(2)
    segmented.wait_for_other_size(size)
    segmented.page.wait_for_selector("#notice", state="detached")


def test_a_reloaded_and_a_second_page_show_the_same_work(segmented, new_page):
    size = segmented.size()
    segmented.page.reload()
    segmented.wait_for_size(size)
    assert len(segmented.points()) == 1
    second = new_page()
    second.wait_for_size(size)
    second.press("Reset")
    segmented.wait_for_size("")


def test_what_is_saved_are_the_voxels_of_the_command_line(segmented, scan, tmp_path):
    segmented.press("Background")
    segmented.click("Sagittal", right=-30)
    segmented.wait_for_points(2)
    segmented.wait_for_other_size(segmented.size())
    kinds = ("labels", "segmentation", "prompts", "scene", "report")
    saved = {kind: saved_as(kind, segmented, tmp_path) for kind in kinds}
    assert saved["scene"].name == f"{tmp_path.name}.mrb"
    assert zipfile.is_zipfile(saved["scene"])
    assert len(zipfile.ZipFile(saved["prompts"]).namelist()) == 2

    clicks = _clicks(saved["report"])
    command = [sys.executable, "-m", "sammoe.cli", "segment", scan, *clicks]
    command += ["--threads", 1, "-o", tmp_path / "m.nrrd"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    expected = read_volume(tmp_path / "m.nrrd").array_kji > 0
    np.testing.assert_array_equal(read_volume(saved["labels"]).array_kji > 0, expected)


def test_a_dicom_series_goes_home_as_a_segmentation_of_its_study(page, scan, tmp_path):
    folder, volume = tmp_path / "series", read_volume(scan)
    write_dicom(folder, to_image(volume.array_kji.astype(np.int16), volume.ijk_to_ras))
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml")
    page.page.evaluate("window.sammoe.save('dicom')")
    page.page.wait_for_selector("#notice:has-text('did not come from DICOM')")

    page.page.set_input_files("input[type=file] >> nth=1", folder)
    page.press("Open without saving")
    page.wait_for_scan("series")
    page.press("Object")
    page.click("Axial")
    page.wait_for_size(r"[\d.]+ ml")
    saved = saved_as("labels", page, tmp_path)
    assert saved.name == "series-labels.nii.gz"
    labels = read_volume(saved)
    masks = read_dicom_seg(saved_as("dicom", page, tmp_path), labels.ijk_to_ras, labels.shape_ijk)
    (mask,) = masks.values()
    assert mask.any()
    np.testing.assert_array_equal(mask, labels.array_kji > 0)


def test_of_two_series_in_a_folder_the_page_says_which_one_is_shown(page, scan, tmp_path):
    folder, volume = tmp_path / "study", read_volume(scan)
    for number, slices in enumerate((volume.array_kji, volume.array_kji[:5])):
        image = to_image(slices.astype(np.int16), volume.ijk_to_ras)
        write_dicom(folder / str(number), image, series=f"1.2.3.{number}")
    page.page.set_input_files("input[type=file] >> nth=1", folder)
    page.wait_for_scan("study")
    page.page.wait_for_selector("#notice:has-text('Read the largest of 2 series')")
    page.wait_for(IDLE)
    assert "2: CT, 5 slices" in page.page.inner_text("#notice")


def _clicks(report):
    """Return a report's clicks as the command line takes them."""
    (segment,) = json.loads(report.read_text("utf-8"))["segments"]
    prompts = segment["record"]["prompts"]
    names = {1: "--point", 0: "--negative"}
    return [
        f"{names[label]}={','.join(map(repr, point))}"
        for point, label in zip(prompts["points_ras"], prompts["point_labels"], strict=True)
    ]
