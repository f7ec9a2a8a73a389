"""The worker's log on the client's side: bounded, however much a worker has to say."""

import threading
from collections import deque

from .protocol import LOG_TAIL_LINES, MAX_LOG_LINE_BYTES, MAX_WAITING_LOG_LINES
from .pulse import WatchedStream

_READ_BYTES = 1 << 16


class LogLines:
    """Filled by a thread that reads the log, emptied by whoever polls.

    Lines that nobody fetched in time are dropped, the oldest first; what is cut off a line that
    is far too long goes too.
    """

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque(maxlen=MAX_WAITING_LOG_LINES)
        self._tail: deque[bytes] = deque(maxlen=LOG_TAIL_LINES)
        self._dropped = 0
        self._lock = threading.Lock()

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines there were, fetched or not."""
        with self._lock:
            return tuple(_text(line) for line in self._tail)

    def read_from(self, stream: WatchedStream) -> None:
        """Take in everything until the stream ends."""
        begun = b""
        while chunk := stream.read(_READ_BYTES):
            *lines, begun = (begun + chunk).split(b"\n")
            begun = begun[:MAX_LOG_LINE_BYTES]
            self._add(lines)
        self._add([begun] if begun else [])

    def take(self) -> list[str]:
        """Return what has come since the last call, with a word on what was dropped."""
        with self._lock:
            lines, dropped = list(self._waiting), self._dropped
            self._waiting.clear()
            self._dropped = 0
        told = [f"... {dropped} lines of the log were dropped here ..."] if dropped else []
        return told + [_text(line) for line in lines]

    def _add(self, lines: list[bytes]) -> None:
        with self._lock:
            room = MAX_WAITING_LOG_LINES - len(self._waiting)
            self._dropped += max(len(lines) - room, 0)
            self._waiting.extend(lines[-MAX_WAITING_LOG_LINES:])
            self._tail.extend(lines[-LOG_TAIL_LINES:])


def _text(line: bytes) -> str:
    return line[:MAX_LOG_LINE_BYTES].decode(errors="replace").rstrip()
