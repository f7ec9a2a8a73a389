"""Ctrl+C and a cluster's SIGTERM end a training between two steps, with its checkpoint written."""

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any


class StopOnSignal:
    """A context in which the first signal asks to stop; a second Ctrl+C interrupts at once.

    Args:
        minutes: Stop after so long as well, as on a machine that is lent for a while; None: not.
    """

    def __init__(self, *, minutes: float | None = None) -> None:
        self._asked = False
        self._end_s = None if minutes is None else time.monotonic() + 60.0 * minutes
        self._before: dict[int, Any] = {}

    def __call__(self) -> bool:
        """Say whether somebody asked to stop, or the time is over."""
        return self._asked or (self._end_s is not None and time.monotonic() > self._end_s)

    def __enter__(self) -> "StopOnSignal":
        """Listen; outside the main thread, where signals cannot be heard, do nothing."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hand the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
