"""A worker that runs and says nothing is noticed; one that is only slow or busy is not."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from sammoe import PredictOptions, Volume, WorkerError
from sammoe.worker import (
    Answering,
    Crashed,
    Failed,
    Patience,
    Predicted,
    Progress,
    Silent,
    VolumeSet,
)
from sammoe.worker.process import worker_environment
from worker_peers import PATIENCE_S, events_until, only, stop

SHORT = Patience(start_s=PATIENCE_S, silence_s=1.0, heartbeat_s=0.1)
LONG = Patience(start_s=PATIENCE_S, silence_s=5.0, heartbeat_s=0.1)
"""Where nothing may be called silent: a starved process is, now and then, for a second."""


def silences(events):
    return [event for event in events if isinstance(event, Silent)]


def test_a_worker_that_never_greets_is_given_up_with_a_clear_line(a_client, misbehaving, a_click):
    patience = Patience(start_s=1.0, heartbeat_s=0.1)
    client = a_client([*misbehaving, "never_greets"], patience=patience)
    id = client.predict(a_click)
    events = events_until(client, Failed)
    assert only(events, Failed).id == id
    crashed = only(events, Crashed)
    assert "does not answer: no greeting within 1 seconds" in str(crashed.error)
    assert not crashed.will_restart
    with pytest.raises(WorkerError, match="no worker is running"):
        client.wait(id)


def test_a_stopped_worker_is_reported_once_and_so_is_its_return(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted, patience=SHORT)
    client.wait(client.set_volume(a_volume))
    pid = client.describe()["pid"]
    stop(pid)
    id = client.predict(a_click)
    events = events_until(client, Silent)
    assert "no sign of life" in str(only(events, Silent).error)
    with pytest.raises(WorkerError, match="does not answer"):
        client.wait(id)
    os.kill(pid, signal.SIGCONT)
    later = events_until(client, Answering)
    later += [] if any(isinstance(e, Predicted) for e in later) else events_until(client, Predicted)
    assert silences(later) == []
    assert only(later, Predicted).id == id


def test_clicks_into_the_pipe_of_a_stopped_worker_are_no_life(
    a_client, scripted, a_volume, a_click
):
    client = a_client(scripted, patience=SHORT)
    client.wait(client.set_volume(a_volume))
    stop(client.describe()["pid"])
    events = []
    while not silences(events):
        client.predict(a_click)
        events += client.poll()
    client.restart()
    assert client.wait(client.predict(a_click)).result.voxel_count > 0


def test_a_worker_that_stops_in_the_middle_of_a_volume_is_reported(a_client, misbehaving, a_volume):
    client = a_client([*misbehaving, "reads_no_volume"], patience=SHORT)
    client.set_volume(a_volume)
    assert "no sign of life" in str(only(events_until(client, Silent), Silent).error)


def test_a_worker_that_computes_for_long_is_alive(a_client, scripted, a_volume, a_click):
    client = a_client(scripted, patience=LONG)
    client.wait(client.set_volume(a_volume))
    quiet = PredictOptions(expert="quiet", muted=("7.0",))
    id = client.predict(a_click, quiet)
    events = events_until(client, Predicted)
    assert only(events, Predicted).id == id
    assert silences(events) == []
    assert [event.stage for event in events if isinstance(event, Progress)] == ["quiet"]


def test_a_volume_on_a_slow_line_is_no_silence(a_client, scripted, a_volume):
    """A line that lets 128 KiB through every 0.3 s: the volume takes longer than the patience."""
    slow = (
        "import os, sys, time\n"
        "first = os.read(0, 65536)\n"
        "os.write(1, first)\n"
        "while chunk := os.read(0, 131072):\n"
        "    os.write(1, chunk)\n"
        "    time.sleep(0.3 * len(chunk) / 131072)\n"
    )
    command = ["sh", "-c", '"$0" -c "$1" | { shift; exec "$@"; }', sys.executable, slow, *scripted]
    client = a_client(command, patience=LONG, shared_memory=False)
    client.wait(client.start())
    id = client.set_volume(Volume(noise_of(3 << 20), np.eye(4)))
    events = events_until(client, VolumeSet)
    assert only(events, VolumeSet).id == id
    assert silences(events) == []


def noise_of(num_bytes):
    return np.random.default_rng(0).integers(0, 255, (num_bytes >> 14, 128, 128), dtype=np.uint8)


def test_the_command_line_gives_up_with_a_clear_line(misbehaving, tmp_path):
    program = (
        "import sys, sammoe.worker.client as c, sammoe.worker.protocol as p\n"
        "c.Patience = lambda: p.Patience(start_s=1.0, heartbeat_s=0.1)\n"
        "from sammoe.cli import main\n"
        f"sys.exit(main(['info', '--worker', {' '.join([*misbehaving, 'never_greets'])!r}]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=worker_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert "the worker does not answer: no greeting within 1 seconds" in line
