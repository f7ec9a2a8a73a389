"""A training on the terminal: one line that is drawn over itself, and TensorBoard's files."""

import math
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import SAMMoEError

if TYPE_CHECKING:
    from ..training.reporter import StepReport

WIDTH = 24
MEAN_OVER = 50
DRAW_EVERY_S = 0.2
LINE_EVERY_S = 30.0
"""Where there is no terminal, a line is written so often."""


class TrainingConsole:
    """Draws `[####....] step 120/2000 Dice 0.71 loss 0.52 12.3 samples/s 2:10 left`.

    Args:
        log: Folder for TensorBoard; None: none.
        stream: Where to draw, stderr by default; not a terminal: a line now and then.

    Raises:
        SAMMoEError: TensorBoard is asked for and not installed.
    """

    def __init__(self, *, log: Path | None = None, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._recent: deque[tuple[float, StepReport]] = deque(maxlen=MEAN_OVER)
        self._drawn_s = 0.0
        self._drawn = False
        self._writer = None if log is None else _summary_writer(log)

    def say(self, line: str) -> None:
        """Print a result on a line of its own."""
        self.clear()
        print(line, flush=True)

    def count(self, what: str, done: int, total: int) -> None:
        """Draw how far a stage of many alike items is."""
        self._draw(done / max(total, 1), f"{what} {done}/{total}", last=done == total)
        if done == total:
            self.clear()
            self._drawn_s = 0.0  # what comes next is shown at once

    def step(self, report: "StepReport") -> None:
        """Draw a training step and write it to TensorBoard."""
        self._recent.append((time.monotonic(), report))
        if self._writer is not None:
            for name, value in (("loss", report.loss), ("dice", report.dice)):
                self._writer.add_scalar(f"train/{name}", value, report.step)
            self._writer.add_scalar("train/skipped", report.skipped, report.step)
        last = report.step == report.steps
        self._draw(report.step / report.steps, self._summary(report), last=last)
        if last:
            self.clear()

    def clear(self) -> None:
        """Wipe the line that is drawn over."""
        if self._terminal and self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._drawn = False

    def close(self) -> None:
        """Finish TensorBoard's files."""
        self.clear()
        if self._writer is not None:
            self._writer.close()

    def _summary(self, report: "StepReport") -> str:
        finite = [r for _, r in self._recent if math.isfinite(r.loss)]
        loss = sum(r.loss for r in finite) / max(len(finite), 1)
        dice = sum(r.dice for r in finite) / max(len(finite), 1)
        words = [f"step {report.step}/{report.steps}", f"Dice {dice:.3f}", f"loss {loss:.3f}"]
        elapsed_s = self._recent[-1][0] - self._recent[0][0]
        if len(self._recent) > 1 and elapsed_s > 0:
            steps = len(self._recent) - 1
            samples = sum(r.samples for _, r in list(self._recent)[1:])
            left_s = (report.steps - report.step) * elapsed_s / steps
            words += [f"{samples / elapsed_s:.1f} samples/s", f"{_clock(left_s)} left"]
        if report.skipped:
            words.append(f"{report.skipped} skipped")
        return "  ".join(words)

    def _draw(self, fraction: float, text: str, *, last: bool) -> None:
        every_s = DRAW_EVERY_S if self._terminal else LINE_EVERY_S
        now_s = time.monotonic()
        if not last and now_s - self._drawn_s < every_s:
            return
        self._drawn_s = now_s
        if self._terminal:
            filled = round(fraction * WIDTH)
            self._stream.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {text}\x1b[K")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
        self._drawn = True


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _summary_writer(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise SAMMoEError(
            "--log needs TensorBoard: pip install 'sammoe[train]', or leave --log out"
        ) from error
    return SummaryWriter(str(folder))
