"""What tests of the worker share: clicks, polling, looking for processes."""

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np

from sammoe import PredictOptions, PromptSet
from sammoe.worker import LogLine
from sammoe.worker.protocol import Kind, Message
from sammoe.worker.transport import read_message, write_message

SLOW = PredictOptions(expert="slow", muted=("1000000",))
"""Hours: it never ends by itself."""
PATIENCE_S = 600.0
"""Against hanging only: a busy machine may be twenty times slower."""


def click_at(volume, point_ijk):
    point_ras = volume.ijk_to_ras[:3, :3] @ point_ijk + volume.ijk_to_ras[:3, 3]
    return PromptSet([point_ras], [1])


def events_until(client, *kinds):
    """Poll until events of all these kinds have come; returns all events."""

    def have_come(events):
        return all(any(isinstance(event, kind) for event in events) for kind in kinds)

    return _events_when(client, have_come, ", ".join(kind.__name__ for kind in kinds))


def events_until_logged(client, *lines):
    """Poll until the log holds all these lines, or lines with them; returns all events."""

    def are_logged(events):
        log = "\n".join(event.text for event in events if isinstance(event, LogLine))
        return all(line in log for line in lines)

    return _events_when(client, are_logged, f"the log to hold {lines}")


def _events_when(client, condition, what):
    events, end_s = [], time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        events += client.poll()
        if condition(events):
            return events
        time.sleep(0.005)
    raise AssertionError(f"waited {PATIENCE_S} s for {what}, there was only {events}")


def events_during(client, seconds):
    events, end_s = [], time.monotonic() + seconds
    while time.monotonic() < end_s:
        events += client.poll()
        time.sleep(0.005)
    return events


def only(events, kind):
    """Return the single event of a kind."""
    (event,) = (event for event in events if isinstance(event, kind))
    return event


def state_of(pid):
    """Return the letter of a process's state as `ps` shows it; empty where there is none."""
    if Path("/proc/self/stat").exists():
        try:
            return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return ""
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    return (
        subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        .stdout[:1]
        .strip()
    )


def is_alive(pid):
    return state_of(pid) not in ("", "Z")


def stop(pid):
    """Stop a process and wait until none of its threads runs any more."""
    os.kill(pid, signal.SIGSTOP)
    while state_of(pid) != "T":
        time.sleep(0.01)


def is_gone(pid):
    """Wait until a process has ended; returns whether it has."""
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s:
        if not is_alive(pid):
            return True
        time.sleep(0.01)
    return False


def ask(process, kind, id, **body):
    write_message(process.stdin, Message(kind, id, body))


def answer_to(process, id, kind=None):
    """Read answers until the one to a request; stages are passed over unless asked for."""
    while (message := read_message(process.stdout)) is not None:
        if message.id == id and message.kind in (kind or set(Kind) - {Kind.PROGRESS}):
            return message
    raise AssertionError("the worker ended")


def assert_same_mask(result, expected):
    np.testing.assert_array_equal(result.mask_box_kji, expected.mask_box_kji)
    np.testing.assert_array_equal(result.box_ijk, expected.box_ijk)
    assert result.scores == expected.scores
