"""What tests of the worker share: clicks, polling, looking for processes."""

import os
import time
from pathlib import Path

from sammoe import PromptSet
from sammoe.worker.protocol import Kind, Message
from sammoe.worker.transport import read_message, write_message

PATIENCE_S = 60.0


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


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def is_gone(pid, *, within_s):
    end_s = time.monotonic() + within_s
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
