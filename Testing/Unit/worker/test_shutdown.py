import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sammoe import PredictOptions, Volume
from sammoe.worker import Progress
from sammoe.worker.process import worker_environment
from sammoe.worker.protocol import SEGMENT_PREAMBLE_BYTES, Kind
from worker_peers import PATIENCE_S, answer_to, ask, events_until, is_alive, is_gone, stop


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
    assert a_process.wait(PATIENCE_S) == 0


def test_a_worker_in_mid_computation_exits_when_its_stdin_closes(a_process, a_volume, a_click):
    start_predict(a_process, a_volume, a_click, PredictOptions(expert="hang"), {Kind.PROGRESS})
    a_process.stdin.close()
    a_process.wait(PATIENCE_S)  # raises where it does not end


@pytest.mark.parametrize("then", ["idle", "hang"])
def test_what_the_worker_started_goes_with_it(a_process, a_volume, a_click, tmp_path, then):
    pid_file = tmp_path / "pid"
    script = PredictOptions(expert="grandchild", muted=(str(pid_file),))
    assert start_predict(a_process, a_volume, a_click, script).kind == Kind.PREDICTED
    pid = int(pid_file.read_text("utf-8"))
    assert is_alive(pid)
    if then == "hang":
        hang = PredictOptions(expert="hang")
        ask(a_process, Kind.PREDICT, 3, prompts=a_click, options=hang)
        answer_to(a_process, 3, {Kind.PROGRESS})
    a_process.stdin.close()
    a_process.wait(PATIENCE_S)
    assert is_gone(pid)


def test_closing_the_client_ends_worker_and_grandchildren_even_in_mid_computation(
    a_client, scripted, a_volume, a_click, tmp_path
):
    pid_file = tmp_path / "pid"
    client = a_client(scripted)
    client.set_volume(a_volume)
    client.wait(client.predict(a_click, PredictOptions("grandchild", muted=(str(pid_file),))))
    client.predict(a_click, PredictOptions(expert="hang"))
    events_until(client, Progress)
    assert client.close(timeout_s=PATIENCE_S)
    assert is_gone(client.describe()["pid"])
    assert is_gone(int(pid_file.read_text("utf-8")))


def test_a_stopped_worker_is_killed_when_the_client_closes(a_client, scripted):
    client = a_client(scripted)
    pid = client.wait(client.start()).info["pid"]
    stop(pid)
    assert client.close(timeout_s=PATIENCE_S)
    assert is_gone(pid)


def test_a_worker_that_was_replaced_has_gone_when_the_client_is_closed(a_client, scripted):
    """It is stopped, so that it goes only when it is killed, and closed before it is replaced."""
    client = a_client(scripted)
    pid = client.wait(client.start()).info["pid"]
    stop(pid)
    client.close()
    client.start()
    assert client.close(timeout_s=PATIENCE_S)
    assert not is_alive(pid)


def test_a_stopped_worker_that_was_replaced_goes_with_the_client_s_program(a_parent):
    then = "import os, signal; os.kill(client.describe()['pid'], signal.SIGSTOP)\n"
    parent, pid = a_parent("slow", then + "client.close(); client.start()")
    parent.wait()
    assert is_gone(pid)


def test_a_client_nobody_holds_any_more_takes_its_worker_along(a_client, scripted):
    client = type(a_client(scripted))(scripted)
    pid = client.wait(client.start()).info["pid"]
    del client
    assert is_gone(pid)


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


@pytest.fixture
def a_parent(scripted):
    """Start programs that have a client with a request under way; returns them and its worker."""
    parents = []

    def run(script, then):
        command = [sys.executable, "-c", PARENT + then, script, *scripted]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        parents.append(subprocess.Popen(command, env=worker_environment(), **pipes))
        return parents[-1], int(parents[-1].stdout.readline())

    yield run
    for parent in parents:
        parent.kill()
        parent.communicate()


@pytest.mark.parametrize("script", ["slow", "hang"])
def test_when_the_parent_is_killed_the_worker_exits(a_parent, script):
    parent, pid = a_parent(script, "sys.stdin.read()")
    assert is_alive(pid)
    parent.kill()
    parent.wait()
    assert is_gone(pid)


def test_when_the_parent_ends_without_closing_its_client_the_worker_exits(a_parent):
    parent, pid = a_parent("hang", "")
    assert parent.wait(5.0) == 0
    assert is_gone(pid)


def test_no_shared_memory_is_left_when_the_worker_is_killed(a_client, scripted, a_volume):
    client = a_client(scripted)
    pid = client.wait(client.start()).info["pid"]
    stop(pid)
    client.set_volume(a_volume)
    while not segments_of(a_volume):
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    client.wait(client.set_volume(a_volume))
    assert segments_of(a_volume) == []


def test_no_shared_memory_is_left_when_the_parent_is_killed_before_it_is_mapped(a_parent):
    """The worker is stopped while the segment is made, and goes on after the parent's death."""
    volume = Volume(np.ones((63, 127, 129), np.float32), np.eye(4))
    again = "input(); client.set_volume(Volume(np.ones((63, 127, 129), np.float32), np.eye(4)))"
    parent, pid = a_parent("slow", f"{again}\nsys.stdin.read()")
    stop(pid)
    parent.stdin.write("go on\n")
    parent.stdin.flush()
    while not segments_of(volume):
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    os.kill(pid, signal.SIGCONT)
    assert is_gone(pid)
    assert segments_of(volume) == []


def segments_of(volume):
    """Return the names of shared segments that could hold the volume."""
    size = volume.array_kji.nbytes + SEGMENT_PREAMBLE_BYTES
    paths = Path("/dev/shm").glob("sammoe-*")
    return [path.name for path in paths if path.stat().st_size == size]
