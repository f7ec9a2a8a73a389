"""One life of a worker process as seen by the client: threads on its pipes, a queue to poll."""

import queue
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BufferedReader, FileIO
from typing import Any

import numpy as np

from ..errors import ProtocolError, SAMMoEError, WorkerError
from .process import kill_tree, start_process
from .protocol import (
    CLOSE_GRACE_S,
    LOG_TAIL_LINES,
    MAX_LOG_LINE_BYTES,
    PROTOCOL_VERSION,
    Kind,
    Message,
)
from .shared_volume import SegmentStore
from .transport import BadMessageError, read_message, write_message

_PROBE = np.zeros(1, dtype=np.uint8)
_THREAD_PATIENCE_S = 1.0


@dataclass(frozen=True)
class Exited:
    """The process has ended, or never started; the last item of a connection.

    Attributes:
        return_code: Negative: the signal that ended it (POSIX); None: it never started.
        log_tail: The last lines of its log.
        fault: What the client found wrong with it, if that is why it ended.
    """

    return_code: int | None
    log_tail: tuple[str, ...]
    fault: SAMMoEError | None


@dataclass(frozen=True)
class Rejected:
    """A message that could not be sent, or not be understood, because of what is in it."""

    id: int | None
    error: ProtocolError


Item = Message | str | Rejected | Exited
"""What a connection reports; a string is a line of the log."""


class Connection:
    """A worker process and the threads that read, write and wait so that no caller has to.

    Args:
        command: The program to start and its arguments; None: a worker on this machine.
        share: Offer shared memory; used only if the worker can map it.
        compress: Compress arrays where memory is not shared.
    """

    def __init__(self, command: Sequence[str] | None, *, share: bool, compress: bool) -> None:
        self._command = command
        self._offer_memory = share
        self._compress = compress
        self._memory_shared = False
        self._segments = SegmentStore()
        self._items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._log_tail: deque[str] = deque(maxlen=LOG_TAIL_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self._fault: SAMMoEError | None = None
        self._closing = threading.Event()
        self._exited = threading.Event()
        self._ended = threading.Event()
        self._start_thread(self._run)

    def send(self, message: Message) -> None:
        """Queue a message."""
        self._outbox.put(message)

    def received(self) -> list[Item]:
        """Return what has come since the last call, without waiting."""
        items = []
        while True:
            try:
                items.append(self._items.get_nowait())
            except queue.Empty:
                return items

    def close(self, *, grace_s: float = CLOSE_GRACE_S) -> None:
        """Close the worker's stdin and end what is left of it soon after; returns at once."""
        if not self._closing.is_set():
            self._closing.set()
            self._outbox.put(None)
            self._start_thread(self._end_after, grace_s)

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        self._closing.set()
        self._outbox.put(None)
        if self._process is not None:
            kill_tree(self._process)
        self._segments.release_all()

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait until the process is gone; returns whether it is. Blocks, not for a UI."""
        return self._ended.wait(timeout_s)

    def _run(self) -> None:
        try:
            process = start_process(self._command)
        except WorkerError as error:
            self._finish(Exited(None, (), error))
            return
        self._process = process
        if self._closing.is_set():
            kill_tree(process)
        readers = [
            self._start_thread(self._read, process.stdout),
            self._start_thread(self._read_log, process.stderr),
        ]
        self._outbox.put(self._hello())
        self._start_thread(self._write, process.stdin)
        return_code = process.wait()
        self._exited.set()
        kill_tree(process)  # what it started and left behind
        for thread in readers:
            thread.join(_THREAD_PATIENCE_S)
        self._finish(Exited(return_code, tuple(self._log_tail), self._fault))

    def _finish(self, exited: Exited) -> None:
        self._outbox.put(None)
        self._segments.release_all()
        self._items.put(exited)
        self._ended.set()

    def _hello(self) -> Message:
        body: dict[str, Any] = {"version": PROTOCOL_VERSION, "compress": self._compress}
        probe = self._segments.add(None, _PROBE) if self._offer_memory else None
        if probe is not None:
            body |= {"segment": (probe.name, probe.nonce, probe.size)}
        return Message(Kind.HELLO, body={**body, "segment_prefix": self._segments.prefix})

    def _write(self, stream: FileIO) -> None:
        with stream:
            while (message := self._outbox.get()) is not None:
                try:
                    self._write_one(stream, message)
                except ProtocolError as error:
                    self._items.put(Rejected(message.id, error))
                except OSError:
                    return  # the process is gone; `_run` says so

    def _write_one(self, stream: FileIO, message: Message) -> None:
        if self._memory_shared:
            share = partial(self._segments.add, message.id)
            write_message(stream, message, share=share)
        else:
            write_message(stream, message, compress=self._compress)

    def _read(self, stream: FileIO) -> None:
        try:
            while self._read_one(stream):
                pass
        except ProtocolError as error:
            self._fault = error
            self.kill()
        if not self._exited.wait(_THREAD_PATIENCE_S):
            self.kill()  # alive but silent for ever

    def _read_one(self, stream: FileIO) -> bool:
        try:
            message = read_message(stream)
        except BadMessageError as error:
            self._items.put(Rejected(error.id, error))
            return True
        if message is None:
            return False
        if message.kind == Kind.HELLO:
            self._memory_shared = message.body.get("shared_memory") is True
            self._segments.release(None)
        if message.kind == Kind.RECEIVED:
            self._segments.release(message.id)
        else:
            self._items.put(message)
        return True

    def _read_log(self, stream: FileIO) -> None:
        with BufferedReader(stream) as lines:
            while line := lines.readline(MAX_LOG_LINE_BYTES):
                text = line.decode(errors="replace").rstrip()
                self._log_tail.append(text)
                self._items.put(text)

    def _end_after(self, grace_s: float) -> None:
        if not self._ended.wait(grace_s):
            self.kill()

    def _start_thread(self, target: Callable[..., None], *arguments: object) -> threading.Thread:
        name = f"sammoe-worker{target.__name__}"
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        thread.start()
        return thread
