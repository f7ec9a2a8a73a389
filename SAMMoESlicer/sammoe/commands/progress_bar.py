"""A progress bar of one line on a terminal; silent where there is none."""

import sys
import time
from typing import TextIO

WIDTH = 28
MARKS = {
    "start": 0.02,
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


class ProgressBar:
    """Draws `[####      ] encode 1.2 s` over itself.

    Args:
        stream: Where to draw; nothing happens unless it is a terminal.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream if stream.isatty() else None
        self._start_s = time.monotonic()
        self._fraction = 0.0

    def show(self, stage: str) -> None:
        """Draw the bar for a stage; it never goes back."""
        self._fraction = max(self._fraction, MARKS.get(stage, 0.0))
        if self._stream is not None:
            filled = round(self._fraction * WIDTH)
            bar = "#" * filled + "." * (WIDTH - filled)
            elapsed_s = time.monotonic() - self._start_s
            self._stream.write(f"\r[{bar}] {stage:<8} {elapsed_s:5.1f} s")
            self._stream.flush()

    def clear(self) -> None:
        """Wipe the line."""
        if self._stream is not None:
            self._stream.write("\r" + " " * (WIDTH + 24) + "\r")
            self._stream.flush()
