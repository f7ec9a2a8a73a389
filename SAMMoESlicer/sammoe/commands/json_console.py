"""A long work as another program follows it: lines of JSON, stopped by the end of stdin."""

import _thread
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TextIO

from ..worker.stdio import claim_stdin
from .console import TrainingConsole

if TYPE_CHECKING:
    from ..training.reporter import StepReport

WRITE_EVERY_S = 0.2


class JsonConsole(TrainingConsole):
    """Writes `stage`, `done`, `total`, in training also `dice` and `loss`; results as `say`.

    Args:
        log: Folder for TensorBoard; None: none.
        stream: Where to write, stdout by default.

    Raises:
        SAMMoEError: TensorBoard is asked for and not installed.
    """

    def __init__(self, *, log: Path | None = None, stream: TextIO | None = None) -> None:
        super().__init__(log=log, stream=stream or sys.stdout)
        self._last_s, self._last_stage = -math.inf, ""

    def say(self, line: str) -> None:
        """Write a result or a change of stage."""
        self._write({"say": line})

    def count(self, what: str, done: int, total: int) -> None:
        """Write how far a stage of many alike items is."""
        self._write_now_and_then({"stage": what, "done": done, "total": total})

    def step(self, stage: str, report: "StepReport") -> None:
        """Write a training step of a stage, with means over the last ones."""
        self.note(stage, report)
        dice, loss = self.means()
        self._write_now_and_then(
            {
                "stage": stage,
                "done": report.step,
                "total": report.steps,
                "dice": round(dice, 4),
                "loss": round(loss, 4),
            }
        )

    def _write_now_and_then(self, values: dict[str, Any]) -> None:
        now_s = time.monotonic()
        is_news = values["stage"] != self._last_stage or values["done"] == values["total"]
        if is_news or now_s - self._last_s >= WRITE_EVERY_S:
            self._last_s, self._last_stage = now_s, values["stage"]
            self._write(values)

    def _write(self, values: dict[str, Any]) -> None:
        self._stream.write(json.dumps(values) + "\n")
        self._stream.flush()


def stop_at_end_of_stdin() -> None:
    """Interrupt this process, as Ctrl+C does, once its standard input ends: nobody is there."""
    descriptor = claim_stdin()

    def listen() -> None:
        while os.read(descriptor, 1):
            pass
        _thread.interrupt_main(signal.SIGINT)

    Thread(target=listen, daemon=True).start()
