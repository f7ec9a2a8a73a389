"""Signs of life: every byte that moves between client and worker, either way."""

import time
from io import FileIO
from typing import Any

WRITE_BYTES = 1 << 16
"""Written at a time, and as much as a pipe holds on any system."""


class Pulse:
    """Remembers the last sign of life.

    What the client writes counts only as far as somebody must have read it: more bytes than a
    pipe holds since the last sign. So a volume on a slow line is no silence, and a few clicks
    into the pipe of a stopped worker are no life.
    """

    def __init__(self) -> None:
        self._last_s = time.monotonic()
        self._written = 0

    @property
    def silent_s(self) -> float:
        """Seconds since the last sign of life."""
        return time.monotonic() - self._last_s

    def beat(self) -> None:
        """Take note of a sign of life."""
        self._written = 0
        self._last_s = time.monotonic()

    def wrote(self, count: int) -> None:
        """Take note of bytes put into the pipe."""
        self._written += count
        if self._written > WRITE_BYTES:
            self.beat()


class WatchedStream:
    """A pipe to or from the worker that reports what moves.

    Args:
        stream: The pipe, unbuffered.
        pulse: What is reported to.
    """

    def __init__(self, stream: FileIO, pulse: Pulse) -> None:
        self._stream = stream
        self._pulse = pulse

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, or wait for it."""
        count = self._stream.readinto(buffer)
        if count:
            self._pulse.beat()
        return count

    def read(self, size: int) -> bytes:
        """Read up to `size` bytes as soon as some are there; empty at the end."""
        content = self._stream.read(size) or b""
        if content:
            self._pulse.beat()
        return content

    def write(self, buffer: memoryview) -> int:
        """Write some of it."""
        count = self._stream.write(buffer[:WRITE_BYTES])
        self._pulse.wrote(count)
        return count
