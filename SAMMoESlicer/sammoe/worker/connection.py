"""One life of a worker process as seen by the client: threads on its pipes, a queue to poll."""

import logging
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO

from ..errors import ProtocolError, SAMMoEError, WorkerError
from .failures import Exited
from .log_lines import LogLines
from .outbox import Outbox
from .process import kill_tree, start_process
from .protocol import CLOSE_GRACE_S, Kind, Message, Patience
from .pulse import Pulse, WatchedStream
from .transport import BadMessageError, read_message

_log = logging.getLogger(__name__)
_THREAD_PATIENCE_S = 1.0


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
        patience: How often to ask for a sign of life.
        environment: Of the program; None: this process's.
    """

    def __init__(
        self,
        command: Sequence[str] | None,
        *,
        share: bool,
        compress: bool,
        patience: Patience,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        self._environment = environment
        self._pulse = Pulse()
        self._items: queue.SimpleQueue[Message | Rejected | Exited] = queue.SimpleQueue()
        self._log = LogLines()
        self._outbox = Outbox(
            share=share,
            compress=compress,
            heartbeat_s=patience.heartbeat_s,
            on_rejected=lambda id, error: self._items.put(Rejected(id, error)),
        )
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
        """Return what has come since the last call, the log first, without waiting."""
        items: list[Item] = []
        while True:
            try:
                items.append(self._items.get_nowait())
            except queue.Empty:
                return [*self._log.take(), *items]

    @property
    def silent_s(self) -> float:
        """Seconds since the last sign of life, or since the start."""
        return self._pulse.silent_s

    def close(self, *, grace_s: float = CLOSE_GRACE_S) -> None:
        """Close the worker's stdin and end what is left of it soon after; returns at once.

        One that is closed already is only ended sooner, by a grace of 0.
        """
        if not self._closing.is_set() or grace_s <= 0:
            self._closing.set()
            self._outbox.close()
            self._start_thread(self._end_after, grace_s)

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        self._closing.set()
        self._outbox.close()
        if self._process is not None and not self._ended.is_set():
            kill_tree(self._process)
        self._outbox.release()

    def wait_ended(self, timeout_s: float) -> bool:
        """Wait until the process is gone; returns whether it is. Blocks, not for a UI."""
        return self._ended.wait(timeout_s)

    def _run(self) -> None:
        try:
            process = start_process(self._command, environment=self._environment)
        except WorkerError as error:
            self._finish(Exited(None, (), error))
            return
        self._process = process
        if self._closing.is_set():
            kill_tree(process)
        self._pulse.beat()
        readers = [
            self._start_thread(self._read, process.stdout),
            self._start_thread(self._read_log, process.stderr),
        ]
        self._outbox.put_hello()
        self._start_thread(self._write, process.stdin)
        return_code = process.wait()
        self._exited.set()
        kill_tree(process)  # what it started and left behind
        for thread in readers:
            thread.join(_THREAD_PATIENCE_S)
        self._finish(Exited(return_code, self._log.tail, self._fault))

    def _finish(self, exited: Exited) -> None:
        self._outbox.close()
        self._outbox.release()
        self._items.put(exited)
        self._ended.set()

    def _write(self, stream: FileIO) -> None:
        with stream, self._ends_cleanly():
            self._outbox.write_to(WatchedStream(stream, self._pulse))

    def _read(self, stream: FileIO) -> None:
        with self._ends_cleanly():
            watched = WatchedStream(stream, self._pulse)
            while self._read_one(watched):
                pass
        if not self._exited.wait(_THREAD_PATIENCE_S):
            self.kill()  # alive but silent for ever

    def _read_one(self, stream: WatchedStream) -> bool:
        try:
            message = read_message(stream)
        except BadMessageError as error:
            self._items.put(Rejected(error.id, error))
            return True
        if message is None:
            return False
        self._outbox.note(message)
        if message.kind not in (Kind.RECEIVED, Kind.PONG):
            self._items.put(message)
        return True

    def _read_log(self, stream: FileIO) -> None:
        with stream, self._ends_cleanly():
            self._log.read_from(WatchedStream(stream, self._pulse))

    @contextmanager
    def _ends_cleanly(self) -> Iterator[None]:
        """End the connection, with the reason, whatever is raised in a thread of it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the border: what comes in is not ours
            _log.debug("a connection ends", exc_info=True)
            if not isinstance(error, ProtocolError):
                error = ProtocolError(f"the connection broke: {type(error).__name__}: {error}")
            self._fault = self._fault or error
            self.kill()

    def _end_after(self, grace_s: float) -> None:
        if not self._ended.wait(grace_s):
            self.kill()

    def _start_thread(self, target: Callable[..., None], *arguments: object) -> threading.Thread:
        name = f"sammoe-worker{target.__name__}"
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        thread.start()
        return thread
