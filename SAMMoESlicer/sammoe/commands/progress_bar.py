"""A progress bar of one line on a terminal; silent where there is none."""

import math
import sys
import time
from collections.abc import Callable
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TextIO

WIDTH = 28
MARKS = {
    "read": 0.0,
    "start": 0.04,
    "load": 0.10,
    "volume": 0.45,
    "extract": 0.55,
    "encode": 0.60,
    "decode": 0.86,
    "gate": 0.90,
    "fuse": 0.95,
    "paste": 0.97,
}
"""How far a single prediction is when a stage begins; an unknown stage leaves the bar in place."""
DRAW_EVERY_S = 0.25
USUAL_STAGE_S = 6.0
"""After so long most of a stage's part of the bar is filled; it creeps on, so that it lives."""


class ProgressBar:
    """Draws `[####      ] encode 1.2 s` over itself, and again while a stage takes its time.

    Args:
        stream: Where to draw; nothing happens unless it is a terminal.
        clock: Seconds.
    """

    def __init__(
        self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        stream = stream or sys.stderr
        self._stream = stream if stream.isatty() else None
        self._clock = clock
        self._start_s = self._stage_start_s = clock()
        self._stage, self._fraction = "", 0.0
        self._lock, self._ended = Lock(), Event()
        self._thread: Thread | None = None

    def __enter__(self) -> "ProgressBar":
        if self._stream is not None:
            self._thread = Thread(target=self._keep_drawing, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()

    def show(self, stage: str) -> None:
        """Draw the bar for a stage; it never goes back."""
        with self._lock:
            self._fraction = max(self._reached(), MARKS.get(stage, 0.0))
            self._stage, self._stage_start_s = stage, self._clock()
        self.draw()

    def draw(self) -> None:
        """Draw the bar as far as it is now."""
        if self._stream is None:
            return
        with self._lock:
            filled = round(self._reached() * WIDTH)
            bar = "#" * filled + "." * (WIDTH - filled)
            elapsed_s = self._clock() - self._start_s
            # the cursor goes back to where the next line, of the log too, is written
            self._stream.write(f"\r[{bar}] {self._stage:<8} {elapsed_s:5.1f} s\r")
            self._stream.flush()

    def clear(self) -> None:
        """Wipe the line for good."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        if self._stream is not None:
            self._stream.write("\r" + " " * (WIDTH + 24) + "\r")
            self._stream.flush()

    def _reached(self) -> float:
        """Return how far the bar is: a stage approaches the next one's mark."""
        following = min((mark for mark in MARKS.values() if mark > self._fraction), default=1.0)
        share = 1.0 - math.exp(-(self._clock() - self._stage_start_s) / USUAL_STAGE_S)
        return self._fraction + (following - self._fraction) * share

    def _keep_drawing(self) -> None:
        while not self._ended.wait(DRAW_EVERY_S):
            if self._stage:
                self.draw()
