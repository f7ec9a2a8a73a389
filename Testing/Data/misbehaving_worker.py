"""A program in a worker's place that breaks the protocol in the way its argument says."""

import os
import struct
import sys
import time

from sammoe.worker.framing import write_frame
from sammoe.worker.protocol import MAGIC, PROTOCOL_VERSION, Kind
from sammoe.worker.stdio import claim_stdio
from sammoe.worker.transport import read_message

frames_in, frames_out = claim_stdio()


def requests():
    """Yield what is asked; a client that is busy or starved asks for signs of life in between."""
    while (message := read_message(frames_in)) is not None:
        if message.kind != Kind.PING:
            yield message


def hello(version=PROTOCOL_VERSION):
    next(requests())
    body = {"version": version, "shared_memory": False}
    write_frame(frames_out, {"kind": "hello", "id": None, "body": body})


def banner():
    frames_out.write(b"Welcome to gpu-host. Last login: yesterday\n")


def other_version():
    hello(999)


def exits_at_once():
    print("ModuleNotFoundError: No module named 'sammoe'", file=sys.stderr)
    sys.exit(5)


def garbage_after_hello():
    hello()
    frames_out.write(b"\x00" * 64)


def huge_after_hello():
    hello()
    frames_out.write(struct.pack("<4sIQ", MAGIC, 10, 1 << 60))


def closes_its_output():
    hello()
    os.close(frames_out.fileno())


def nonsense_then_late_answers():
    """Answer every request with things nobody asked for, then with a bundle's description."""
    hello()
    for message in requests():
        for kind, id, body in (
            ("dance", message.id, {}),
            ("ready", 9999, {"info": {}}),
            ("predicted", 9999, {}),
            ("failed", 9999, {}),
            ("progress", None, {}),
            ("ready", message.id, {"info": {"name": "peer"}}),
        ):
            write_frame(frames_out, {"kind": kind, "id": id, "body": body})


def answers_with_the_wrong_thing():
    """Answer a request for a bundle with a prediction, and one for a prediction with nothing."""
    hello()
    for message in requests():
        wrong = {"load": "predicted", "set_volume": "ready", "predict": "predicted"}
        header = {"kind": wrong[message.kind], "id": message.id, "body": {}}
        write_frame(frames_out, header)


def ready():
    load = next(requests())
    header = {"kind": "ready", "id": load.id, "body": {"info": {"name": "peer"}}}
    write_frame(frames_out, header)


def reads_no_volume():
    hello()
    ready()


def never_greets():
    print("Password:", file=sys.stderr, flush=True)


def floods_its_log():
    """Write 20 MB of log, in lines and in one, then tell of a bundle."""
    hello()
    sys.stderr.write("a line of the log that says nothing new\n" * 250_000)
    sys.stderr.write("x" * 10_000_000 + "\nthe last line\n")
    sys.stderr.flush()
    ready()


def killed_under_a_launcher():
    """End as Slicer's launcher does when its child was killed."""
    hello()
    print(
        "error: [/opt/Slicer/bin/python-real] exit abnormally - Report the problem.",
        file=sys.stderr,
    )
    sys.exit(1)


globals()[sys.argv[1]]()
time.sleep(600)
