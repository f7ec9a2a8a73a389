"""A long work on the terminal: a bar that is drawn over itself, and TensorBoard's files."""

import math
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import SAMMoEError

if TYPE_CHECKING:
    from tqdm import tqdm

    from ..training.reporter import StepReport

MEAN_OVER = 50
DRAW_EVERY_S = 0.2
LINE_EVERY_S = 30.0
"""Where there is no terminal, a line is written so often."""


class TrainingConsole:
    """Draws tqdm's bar with stage, numbers, speed and time left; a `Reporter`.

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
        self._stage = ""
        self._written_s = -math.inf
        self._bar: tqdm | None = None
        self._writer = None if log is None else _summary_writer(log)

    def say(self, line: str) -> None:
        """Print a result on a line of its own."""
        self.clear()
        print(line, flush=True)

    def count(self, what: str, done: int, total: int) -> None:
        """Draw how far a stage of many alike items is."""
        self._draw(what, done, total, f"{what} {done}/{total}", "")

    def step(self, stage: str, report: "StepReport") -> None:
        """Draw a training step of a stage and write it to TensorBoard."""
        self.note(stage, report)
        numbers = self._numbers(report)
        line = f"{stage}: step {report.step}/{report.steps}  {numbers}"
        self._draw(stage, report.step, report.steps, line, numbers)

    def note(self, stage: str, report: "StepReport") -> None:
        """Keep a step for the means, and write it to TensorBoard."""
        if stage != self._stage:
            self._stage = stage
            self._recent.clear()
        self._recent.append((time.monotonic(), report))
        if self._writer is not None:
            for name, value in (("loss", report.loss), ("dice", report.dice)):
                self._writer.add_scalar(f"{stage}/{name}", value, report.step)
            self._writer.add_scalar(f"{stage}/skipped", report.skipped, report.step)

    def means(self) -> tuple[float, float]:
        """Return Dice and loss, means over the last steps that were not skipped."""
        finite = [r for _, r in self._recent if math.isfinite(r.loss)]
        count = max(len(finite), 1)
        return sum(r.dice for r in finite) / count, sum(r.loss for r in finite) / count

    def clear(self) -> None:
        """Wipe the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def close(self) -> None:
        """Finish TensorBoard's files."""
        self.clear()
        if self._writer is not None:
            self._writer.close()

    def _numbers(self, report: "StepReport") -> str:
        dice, loss = self.means()
        words = [f"Dice {dice:.3f}", f"loss {loss:.3f}"]
        elapsed_s = self._recent[-1][0] - self._recent[0][0]
        if len(self._recent) > 1 and elapsed_s > 0:
            samples = sum(r.samples for _, r in list(self._recent)[1:])
            words.append(f"{samples / elapsed_s:.1f} samples/s")
        if report.skipped:
            words.append(f"{report.skipped} skipped")
        return "  ".join(words)

    def _draw(self, what: str, done: int, total: int, line: str, numbers: str) -> None:
        if self._terminal:
            self._draw_bar(what, done, total, numbers)
        elif done == total or time.monotonic() - self._written_s >= LINE_EVERY_S:
            self._written_s = time.monotonic() if done < total else -math.inf
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def _draw_bar(self, what: str, done: int, total: int, numbers: str) -> None:
        if self._bar is None or (self._bar.desc, self._bar.total) != (f"{what}: ", total):
            self.clear()
            self._bar = _new_bar(what, done, total, self._stream)
        self._bar.set_postfix_str(numbers, refresh=False)
        self._bar.update(done - self._bar.n)
        if done == total:
            self._bar.refresh()
            self.clear()


def _new_bar(what: str, done: int, total: int, stream: TextIO) -> "tqdm":
    from tqdm import tqdm

    return tqdm(
        total=total, initial=done - 1, desc=what, file=stream, leave=False, dynamic_ncols=True,
        mininterval=DRAW_EVERY_S, bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} {postfix} "
        "[{elapsed} + {remaining} left]",
    )  # fmt: skip


def _summary_writer(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise SAMMoEError(
            "--log needs TensorBoard: pip install 'sammoe[train]', or leave --log out"
        ) from error
    return SummaryWriter(str(folder))
