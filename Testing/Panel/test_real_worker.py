"""The whole way with the real worker process and a small random model."""

import os
import signal

import numpy as np
import pytest

from panel_driver import mask_voxels
from sammoe import Volume
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.Phase import Phase


def worker_pid(driver):
    """Return the process id of the worker."""
    connection = driver.session.worker._client._supervisor._connections[0]
    return connection._process.pid


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_clicks_undo_a_killed_worker_and_the_end(realDriver, volumeNode, centre, application):
    driver = realDriver
    driver.press("positiveButton")
    first = driver.click_and_wait(PromptRole.POSITIVE, centre)
    parameters = driver.widget.logic.getParameterNode()
    assert mask_voxels(parameters.segmentation, parameters.segmentId) == first.voxel_count
    assert set(first.scores) == {"liver", "vessels", "general"}
    assert driver.session.worker.phase is Phase.READY

    driver.press("negativeButton")
    second = driver.click_and_wait(PromptRole.NEGATIVE, centre + 9)
    written = driver.written()
    driver.press("undoButton")
    driver.wait_until(lambda: len(written) == 1, "undo")
    assert np.array_equal(written[0].mask_kji, first.mask_kji)

    os.kill(worker_pid(driver), signal.SIGKILL)
    driver.wait_until(lambda: "SIGKILL" in driver.notice, "the crash to be reported")
    driver.press("redoButton")
    driver.wait_until(lambda: len(written) == 2, "redo after the crash")
    assert np.array_equal(written[1].mask_kji, second.mask_kji)
    assert driver.notice == "" or "SIGKILL" not in driver.notice

    pid = worker_pid(driver)
    application.unload("SAMMoESlicer")
    driver.wait_until(lambda: not is_alive(pid), "the worker to be gone")
    application.open("SAMMoESlicer")


def test_a_click_in_a_large_volume_hardly_stalls_the_panel(realDriver, application, capsys):
    driver = realDriver
    random = np.random.default_rng(0)
    voxels = random.integers(-100, 200, (300, 512, 512), dtype=np.int16)
    affine = np.diag([0.7, 0.7, 1.0, 1.0])
    node = application.mrml.addVolume(Volume(voxels, affine))
    driver.ui.volumeSelector.setCurrentNode(node)
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, (180.0, 180.0, 150.0))
    driver.longest_stall_ms = 0.0
    for offset in (1.0, 4.0, 8.0):
        driver.click_and_wait(PromptRole.POSITIVE, (180.0 + offset, 180.0, 150.0))
    with capsys.disabled():
        print(f"\nlongest stall of a click, 512 x 512 x 300: {driver.longest_stall_ms:.0f} ms")


def test_a_script_segments_without_the_panel(realDriver, application, ellipsoid):
    volumeNode = application.mrml.addVolume(ellipsoid[0])
    segmentationNode = application.mrml.addSegmentation()
    logic = realDriver.python.SAMMoESlicerLogic()
    point = tuple(float(v) for v in ellipsoid[2])
    segmentId = logic.segment(volumeNode, [point], segmentationNode=segmentationNode)
    assert mask_voxels(segmentationNode, segmentId) > 0


@pytest.mark.skipif(os.name == "nt", reason="a command line for a Unix shell")
def test_a_worker_behind_a_command_line_answers_and_gets_the_volume_by_the_pipe(
    realDriver, volumeNode, centre, application
):
    import sys

    driver = realDriver
    driver.ui.commandEdit.text = f"{sys.executable} -m sammoe.worker.main --no-shared-memory"
    driver.ui.commandEdit.editingFinished()
    driver.press("testConnectionButton")
    driver.wait_until(lambda: "runs on: cpu" in driver.notice, "the connection test")
    application.answers.append(True)
    driver.press("positiveButton")
    assert driver.click_and_wait(PromptRole.POSITIVE, centre).voxel_count >= 0


def test_what_is_missing_is_said_for_as_long_as_it_is_missing(realDriver, volumeNode, centre):
    driver, missing = realDriver, "foreground point in the object"
    driver.press("negativeButton")
    driver.add_point(PromptRole.NEGATIVE, centre + 9)
    driver.wait_until(lambda: missing in driver.notice, "the hint")
    driver.press("undoButton")
    assert driver.notice == ""
    assert "stopped" not in driver.status
    driver.press("redoButton")
    driver.wait_until(lambda: missing in driver.notice, "the hint again")
    driver.click_and_wait(PromptRole.POSITIVE, centre)
    assert missing not in driver.notice
