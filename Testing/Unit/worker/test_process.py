import signal
import subprocess
import sys
import time

import pytest

from sammoe import WorkerError
from sammoe.worker.process import (
    default_command,
    end_process,
    kill_tree,
    split_command,
    start_process,
    worker_environment,
)
from worker_peers import PATIENCE_S, is_gone


def test_a_process_in_its_own_group_is_killed_with_its_children(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {pid_file}; wait"
    process = start_process(["sh", "-c", script])
    while not pid_file.exists() or not pid_file.read_text("utf-8"):
        time.sleep(0.01)
    kill_tree(process)
    assert process.wait(PATIENCE_S) == -signal.SIGKILL
    assert is_gone(int(pid_file.read_text("utf-8")))
    kill_tree(process)


@pytest.mark.parametrize("program", ["SlicerApp-real", "Slicer", "PythonSlicer", "python-real"])
def test_inside_slicer_the_worker_runs_in_slicer_s_interpreter(tmp_path, program):
    (tmp_path / "PythonSlicer").touch()
    assert default_command(str(tmp_path / program))[0] == str(tmp_path / "PythonSlicer")


@pytest.mark.parametrize("program", ["/opt/Slicer.app/Contents/MacOS/Slicer", ""])
def test_slicer_s_interpreter_is_also_found_on_the_path(tmp_path, monkeypatch, program):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WorkerError, match="PythonSlicer"):
        default_command(program)
    (tmp_path / "PythonSlicer").touch(mode=0o755)
    assert default_command(program)[0] == str(tmp_path / "PythonSlicer")


def test_outside_slicer_the_worker_runs_in_the_same_interpreter():
    assert default_command("/usr/bin/python3.12")[0] == "/usr/bin/python3.12"
    assert default_command() == [sys.executable, "-m", "sammoe.worker.main"]


def test_the_worker_s_command_line_explains_itself(scripted):
    run = subprocess.run(
        [*default_command(), "--help"],
        env=worker_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 0
    assert "--no-shared-memory" in run.stdout
    refused = [*default_command(), "--threads", "0"]
    assert subprocess.run(refused, env=worker_environment(), capture_output=True).returncode == 2


def test_a_command_line_is_taken_apart_as_a_shell_does_or_refused_in_words():
    assert split_command("ssh host 'sammoe worker' -v") == ["ssh", "host", "sammoe worker", "-v"]
    with pytest.raises(WorkerError, match="close every quote"):
        split_command("ssh host 'sammoe-worker")


LEAVES = """
import subprocess, sys
from sammoe.worker.stdio import leave

sys.platform, subprocess.CREATE_NO_WINDOW = "win32", 0
leave(7)
"""


def test_on_windows_a_process_ends_also_where_its_tree_cannot_be_ended(monkeypatch):
    left = subprocess.run([sys.executable, "-c", LEAVES], env=worker_environment())
    assert left.returncode == 7
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", 0, raising=False)
    kill_tree(process)
    assert process.wait(PATIENCE_S) != 0


def test_on_windows_a_command_line_s_backslashes_part_folders(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    words = split_command(r'C:\ssh.exe -i "C:\My Keys\id" host')
    assert words == [r"C:\ssh.exe", "-i", r"C:\My Keys\id", "host"]


def test_what_a_process_prints_is_read_as_it_was_meant_whatever_the_code_page(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    command = [sys.executable, "-c", r"print('M\xfcller \u0159')"]
    printed = subprocess.run(command, env=worker_environment(), capture_output=True).stdout
    assert printed.decode("utf-8").strip() == "M\xfcller \u0159"


def test_what_apple_s_gpu_cannot_compute_is_left_to_the_processor():
    assert worker_environment()["PYTORCH_ENABLE_MPS_FALLBACK"] == "1"


def test_one_process_is_ended_where_there_is_no_sigkill_too(monkeypatch):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.delattr(signal, "SIGKILL")
    end_process(process.pid)
    assert process.wait(PATIENCE_S) != 0


def test_numpy_leaves_the_cores_to_the_model_unless_the_user_says_otherwise(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert worker_environment()["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    assert worker_environment()["OPENBLAS_NUM_THREADS"] == "4"
