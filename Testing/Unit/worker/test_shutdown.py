import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sammoe import PredictOptions, Volume, WorkerError
from sammoe.worker import Progress
from sammoe.worker.process import default_command, kill_tree, start_process, worker_environment
from sammoe.worker.protocol import (
    PROTOCOL_EXIT_CODE,
    PROTOCOL_VERSION,
    SEGMENT_PREAMBLE_BYTES,
    Kind,
    Message,
)
from sammoe.worker.transport import read_message, write_message
from worker_peers import events_until, is_alive, is_gone

EXIT_LIMIT_S = 2.0


@pytest.fixture
def a_process(scripted):
    """A worker without a client, greeted."""
    process = start_process(scripted)
    write_message(process.stdin, Message(Kind.HELLO, body={"version": PROTOCOL_VERSION}))
    assert read_message(process.stdout).kind == Kind.HELLO
    yield process
    kill_tree(process)
    process.wait()


def ask(process, kind, id, **body):
    write_message(process.stdin, Message(kind, id, body))


def answer_to(process, id, kind=None):
    """Read answers until the one to a request; stages are passed over unless asked for."""
    while (message := read_message(process.stdout)) is not None:
        if message.id == id and message.kind in (kind or set(Kind) - {Kind.PROGRESS}):
            return message
    raise AssertionError("the worker ended")


def start_predict(process, volume, click, options, kind=None):
    for id, (request, body) in enumerate(
        [
            (Kind.LOAD, {"bundle": None, "device": "auto", "threads": None}),
            (Kind.SET_VOLUME, {"volume": volume}),
            (Kind.PREDICT, {"prompts": click, "options": options}),
        ]
    ):
        ask(process, request, id, **body)
    return answer_to(process, 2, kind)


def test_an_idle_worker_exits_when_its_stdin_closes(a_process):
    a_process.stdin.close()
    assert a_process.wait(EXIT_LIMIT_S) == 0


def test_a_worker_in_mid_computation_exits_when_its_stdin_closes(a_process, a_volume, a_click):
    start_predict(a_process, a_volume, a_click, PredictOptions(expert="hang"), {Kind.PROGRESS})
    a_process.stdin.close()
    a_process.wait(EXIT_LIMIT_S)


@pytest.mark.parametrize("then", ["idle", "hang"])
def test_what_the_worker_started_goes_with_it(a_process, a_volume, a_click, tmp_path, then):
    pid_file = tmp_path / "pid"
    script = PredictOptions(expert="grandchild", muted=(str(pid_file),))
    assert start_predict(a_process, a_volume, a_click, script).kind == Kind.PREDICTED
    pid = int(pid_file.read_text())
    assert is_alive(pid)
    if then == "hang":
        hang = PredictOptions(expert="hang")
        ask(a_process, Kind.PREDICT, 3, prompts=a_click, options=hang)
        answer_to(a_process, 3, {Kind.PROGRESS})
    a_process.stdin.close()
    a_process.wait(EXIT_LIMIT_S)
    assert is_gone(pid, within_s=1.0)


def test_closing_the_client_ends_worker_and_grandchildren_even_in_mid_computation(
    a_client, scripted, a_volume, a_click, tmp_path
):
    pid_file = tmp_path / "pid"
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.wait(client.predict(a_click, PredictOptions("grandchild", muted=(str(pid_file),))))
    client.predict(a_click, PredictOptions(expert="hang"))
    events_until(client, Progress)
    start = time.monotonic()
    assert client.close(timeout_s=5.0)
    assert time.monotonic() - start < EXIT_LIMIT_S
    assert is_gone(client.describe()["pid"], within_s=0.5)
    assert is_gone(int(pid_file.read_text()), within_s=0.5)


def test_a_stopped_worker_is_killed_when_the_client_closes(a_client, scripted):
    client = a_client(scripted)
    pid = client.wait(client.start()).info["pid"]
    os.kill(pid, signal.SIGSTOP)
    assert client.close(timeout_s=5.0)
    assert is_gone(pid, within_s=0.5)


def test_a_client_nobody_holds_any_more_takes_its_worker_along(a_client, scripted):
    client = type(a_client(scripted))(scripted)
    pid = client.wait(client.start()).info["pid"]
    del client
    assert is_gone(pid, within_s=EXIT_LIMIT_S)


PARENT = """
import sys, time, numpy as np
from sammoe import Volume, PromptSet, PredictOptions
from sammoe.worker import WorkerClient, Progress
client = WorkerClient(sys.argv[2:])
client.start()
client.set_volume(Volume(np.ones((64, 128, 128), np.float32), np.eye(4)))
client.predict(PromptSet([(9, 9, 9)], [1]), PredictOptions(expert=sys.argv[1]))
while not any(isinstance(event, Progress) and event.id == 3 for event in client.poll()):
    time.sleep(0.01)
print(client.describe()["pid"], flush=True)
"""


def run_parent(script, command, then):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT + then, script, *command],
        env=worker_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    return parent, int(parent.stdout.readline())


@pytest.mark.parametrize("script", ["slow", "hang"])
def test_when_the_parent_is_killed_the_worker_exits(scripted, script):
    parent, pid = run_parent(script, scripted, "time.sleep(600)")
    assert is_alive(pid)
    parent.kill()
    parent.wait()
    assert is_gone(pid, within_s=EXIT_LIMIT_S)


def test_when_the_parent_ends_without_closing_its_client_the_worker_exits(scripted):
    parent, pid = run_parent("hang", scripted, "")
    assert parent.wait(5.0) == 0
    assert is_gone(pid, within_s=EXIT_LIMIT_S)


def test_no_shared_memory_is_left_when_the_worker_is_killed(a_client, scripted, a_volume):
    client = a_client(scripted)
    pid = client.wait(client.start()).info["pid"]
    os.kill(pid, signal.SIGSTOP)
    client.set_volume(a_volume)
    while not segments_of(a_volume):
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    client.wait(client.set_volume(a_volume))
    assert segments_of(a_volume) == []


def test_no_shared_memory_is_left_when_the_parent_is_killed_before_it_is_mapped(scripted):
    """The worker is stopped while the segment is made, and goes on after the parent's death."""
    stop = "import os, signal; os.kill(client.describe()['pid'], signal.SIGSTOP)\n"
    shape = "(63, 127, 129)"
    again = f"client.set_volume(Volume(np.ones({shape}, np.float32), np.eye(4)))\n"
    parent, pid = run_parent("slow", scripted, f"{stop}{again}time.sleep(600)")
    volume = Volume(np.ones((63, 127, 129), np.float32), np.eye(4))
    while not segments_of(volume):
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    os.kill(pid, signal.SIGCONT)
    assert is_gone(pid, within_s=EXIT_LIMIT_S)
    assert segments_of(volume) == []


def test_a_frame_the_worker_cannot_read_ends_it_with_an_explanation(a_process):
    a_process.stdin.write(b"GET / HTTP/1.1\r\n\r\n")
    failed = read_message(a_process.stdout)
    assert (failed.kind, failed.id, failed.body["error"]) == (Kind.FAILED, None, "ProtocolError")
    assert "expected a frame" in failed.body["message"]
    assert a_process.wait(EXIT_LIMIT_S) == PROTOCOL_EXIT_CODE


def test_a_client_of_another_version_is_told_so(scripted):
    process = start_process(scripted)
    write_message(process.stdin, Message(Kind.HELLO, body={"version": 999}))
    assert read_message(process.stdout).body["version"] == PROTOCOL_VERSION
    assert "version 999" in read_message(process.stdout).body["message"]
    assert process.wait(EXIT_LIMIT_S) == PROTOCOL_EXIT_CODE


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (Kind.PREDICTED, {}, "does not answer 'predicted'"),
        (Kind.SET_VOLUME, {}, "comes without its volume"),
        (Kind.PREDICT, {"prompts": 3}, "comes without its prompts"),
    ],
)
def test_a_request_that_makes_no_sense_fails_and_the_worker_goes_on(a_process, kind, body, message):
    ask(a_process, kind, 1, **body)
    failed = answer_to(a_process, 1, {Kind.FAILED})
    assert message in failed.body["message"]
    ask(a_process, Kind.LOAD, 2, bundle=None)
    assert answer_to(a_process, 2).kind == Kind.READY


def test_a_process_in_its_own_group_is_killed_with_its_children(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {pid_file}; wait"
    process = start_process(["sh", "-c", script])
    while not pid_file.exists() or not pid_file.read_text():
        time.sleep(0.01)
    kill_tree(process)
    assert process.wait(EXIT_LIMIT_S) == -signal.SIGKILL
    assert is_gone(int(pid_file.read_text()), within_s=0.5)
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
        [*default_command(), "--help"], env=worker_environment(), capture_output=True, text=True
    )
    assert run.returncode == 0
    assert "--no-shared-memory" in run.stdout
    refused = [*default_command(), "--threads", "0"]
    assert subprocess.run(refused, env=worker_environment(), capture_output=True).returncode == 2


def segments_of(volume):
    """Return the names of shared segments that could hold the volume."""
    size = volume.array_kji.nbytes + SEGMENT_PREAMBLE_BYTES
    paths = Path("/dev/shm").glob("sammoe-*")
    return [path.name for path in paths if path.stat().st_size == size]
