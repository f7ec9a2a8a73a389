"""Both sides read whatever comes: a message, a message they cannot use, or the end; nothing else.

The seed is fixed; the frames are whole ones, mutated ones and noise, on streams in memory.
"""

import copy
import io
import json
import random
import struct
import threading

import numpy as np
import pytest

from sammoe import PredictOptions, PromptSet, Volume
from sammoe.worker import connection as client_side
from sammoe.worker import server as worker_side
from sammoe.worker.protocol import MAGIC, MAX_DEPTH, PROTOCOL_VERSION, Kind, Message, Patience
from sammoe.worker.supervisor import Supervisor
from sammoe.worker.transport import write_message
from scripted_predictor import ball_result
from worker_peers import click_at

SEED = 20261128
NUM_FRAMES = 6000
"""For each of the two sides; a whole frame follows every one of them."""

PREFIX = struct.Struct("<4sIQ")
ODD_VALUES = (
    *(None, True, -1, 0, 1 << 40, 10**400, 0.5, float("nan"), "", "x" * 70, "$array", "f4,("),
    *([], {}, [[]], {"$array": 7}, {"$tuple": 1}, {"$Volume": {}}, {"$": {"$dict": 3}}, "\ud800"),
    *([0, 1 << 62], ["sammoe-0000000000000000-1", "00"], "<i2,<i2", ">f8", "|b1"),
)


def whole_frames():
    """Return a frame of every kind of message, with and without arrays."""
    volume = Volume(np.arange(60, dtype=np.int16).reshape(3, 4, 5), np.eye(4))
    click = click_at(volume, (2, 2, 1))
    card = {"name": "odd", "$key": ["\ud800", {"deep": [1, 2.5, None]}]}
    bodies = {
        Kind.HELLO: {"version": PROTOCOL_VERSION, "segment": ("sammoe-0-1", "00", 1)},
        Kind.LOAD: {"bundle": "models/demo", "device": "cpu", "threads": 2},
        Kind.READY: {"info": {"bundle": card, "device": "cpu"}},
        Kind.SET_VOLUME: {"volume": volume},
        Kind.VOLUME_SET: {"kept": [("0" * 32, "<i2", "(3, 4, 5)")]},
        Kind.PREDICT: {"prompts": PromptSet(), "options": PredictOptions(muted=("a",))},
        Kind.PREDICTED: {"result": ball_result(volume, click), "peak_memory_mb": 12.5},
        Kind.PROGRESS: {"stage": "encode"},
        Kind.FAILED: {"error": "PromptError", "message": "no"},
    }
    frames = []
    for kind in Kind:
        for compress in (False, True):
            stream = io.BytesIO()
            write_message(stream, Message(kind, 7, bodies.get(kind, {})), compress=compress)
            frames.append(stream.getvalue())
    return frames


class Mutator:
    """Makes frames that are nearly right."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.frames = whole_frames()

    def frame(self):
        frame = self.random.choice(self.frames)
        kinds = (lambda f: f, self.changed_bytes, self.changed_header, self.changed_header)
        return self.random.choice((*kinds, self.deep, self.cut, self.noise))(frame)

    def changed_bytes(self, frame):
        content = bytearray(frame)
        for _ in range(self.random.randint(1, 4)):
            content[self.random.randrange(len(content))] = self.random.randrange(256)
        return bytes(content)

    def changed_header(self, frame):
        """Put an odd value somewhere in the header; the lengths stay right."""
        _, header_bytes, _ = PREFIX.unpack(frame[: PREFIX.size])
        end = PREFIX.size + header_bytes
        header, body = json.loads(frame[PREFIX.size : end]), frame[end:]
        for _ in range(self.random.randint(1, 2)):
            self.change(header)
        text = json.dumps(header).encode()
        return PREFIX.pack(MAGIC, len(text), len(body)) + text + body

    def change(self, tree):
        while True:
            keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
            if not keys:
                return
            key = self.random.choice(keys)
            if isinstance(tree[key], dict | list) and self.random.random() < 0.7:
                tree = tree[key]
                continue
            depth = self.random.choice((0, 0, 0, 70, 300))
            value = copy.deepcopy(self.random.choice(ODD_VALUES))
            for _ in range(depth):
                value = [value]
            tree[key] = value
            return

    def deep(self, _frame):
        """Nest a body as deep as JSON can be read, and deeper."""
        depth = self.random.choice((MAX_DEPTH - 1, MAX_DEPTH, 900, 50_000))
        text = b'{"kind": "load", "id": 7, "arrays": [], "body": {"x": %s%s}}'
        text %= (b"[" * depth, b"]" * depth)
        return PREFIX.pack(MAGIC, len(text), 0) + text

    def cut(self, frame):
        return frame[: self.random.randrange(len(frame))]

    def noise(self, frame):
        return self.random.randbytes(self.random.randint(1, 60))


class Stream(io.BytesIO):
    """What comes in, and a place for what goes out."""

    def __init__(self, content):
        super().__init__(content)
        self.sent = []

    def write(self, part):
        self.sent.append(bytes(part))
        return len(part)


@pytest.fixture
def uncaught(monkeypatch):
    """Whatever a thread dies of."""
    died = []
    monkeypatch.setattr(threading, "excepthook", lambda args: died.append(args.exc_value))
    return died


def streams(seed):
    mutator = Mutator(seed)
    for _ in range(NUM_FRAMES):
        yield Stream(mutator.frame() + mutator.random.choice(mutator.frames))


def test_the_worker_s_reader_survives_or_ends_with_a_word(monkeypatch, caplog, uncaught):
    """It tells the client of what it cannot use, and its last act is to leave."""
    caplog.set_level("CRITICAL")
    monkeypatch.setattr(worker_side, "EXIT_GRACE_S", 0.0)
    left, refused = [], 0
    monkeypatch.setattr(worker_side, "leave", left.append)
    for count, stream in enumerate(streams(SEED), 1):
        server = worker_side.Server(stream, stream, load_predictor=None)
        server._read()
        assert len(left) == count
        assert server._inbox.take() is None
        refused += any(b'"failed"' in part for part in stream.sent)
    assert refused > NUM_FRAMES / 3
    assert uncaught == []


def test_the_client_s_reader_survives_or_ends_the_connection(monkeypatch, uncaught):
    monkeypatch.setattr(client_side.Connection, "_start_thread", lambda *_: None)
    supervisor = Supervisor(None, share=True, patience=Patience())
    supervisor.replay.remember(Message(Kind.LOAD, 7, {}))
    monkeypatch.setattr(supervisor, "_greet", lambda version: [])
    killed = []
    monkeypatch.setattr(client_side.Connection, "kill", lambda self: killed.append(self))
    for stream in streams(SEED + 1):
        connection = client_side.Connection(None, share=True, compress=False, patience=Patience())
        connection._exited.set()
        connection._read(stream)
        items = connection.received()
        assert all(isinstance(item, Message | client_side.Rejected) for item in items)
        for item in items:
            supervisor._take_in(item)
        ended_early = stream.read(1) != b"" or connection._fault is not None
        assert not ended_early or connection in killed
    assert len(killed) > NUM_FRAMES / 3
    assert uncaught == []
