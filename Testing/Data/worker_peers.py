"""What tests of the worker share: clicks, polling, looking for processes."""

import os
import signal
import subprocess
import time
from pathlib import Path

from sammoe import PromptSet
from sammoe.worker.protocol import Kind, Message
from sammoe.worker.transport import read_message, write_message

PATIENCE_S = 600.0
"""Against hanging only: a busy machine may be twenty times slower."""


def click_at(volume, point_ijk):
    point_ras = volume.ijk_to_ras[:3, :3] @ point_ijk + volume.ijk_to_ras[:3, 3]
    return PromptSet([point_ras], [1])


def events_until(client, kind, *, timeout_s=PATIENCE_S):
    """Poll until an event of a kind has come; returns all events."""
    events, end_s = [], time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        events += client.poll()
        if any(isinstance(event, kind) for event in events):
            return events
        time.sleep(0.005)
    raise AssertionError(f"no {kind.__name__} within {timeout_s} s, only {events}")


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
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return ""
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout[:1].strip()


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
