"""What a training says while it runs: lines of JSON, and warnings in words."""

import json
import re
from collections import deque
from collections.abc import Callable

from .TrainingPace import PaceClock
from .TrainingProgress import TrainingProgress

_HELD_OUT = re.compile(r"measured on: (.+)")


class TrainingTalk:
    """Listens to one process.

    Attributes:
        progress: What is under way; None before it said anything.
        pace: How long its steps take.
        said: Its results.

    Args:
        clock: Seconds, rising.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.progress: TrainingProgress | None = None
        self.pace = PaceClock(clock)
        self.said: deque[str] = deque(maxlen=50)
        self._clock = clock
        self._complaints: deque[str] = deque(maxlen=20)
        self._stageBegan = ("", 0, 0.0)

    @property
    def heldOut(self) -> tuple[str, ...]:
        """Names of the scans it measures on."""
        found = (_HELD_OUT.fullmatch(line) for line in self.said)
        return next((tuple(match[1].split(", ")) for match in found if match), ())

    def hear(self, line: str) -> None:
        """Take one line."""
        try:
            values = json.loads(line)
            if "say" in values:
                self.said.append(str(values["say"]))
                return
            stage, done, total = str(values["stage"]), int(values["done"]), int(values["total"])
            dice = values.get("dice")
        except (ValueError, TypeError, KeyError):
            self._complaints.append(line)  # a warning or an error in words
            return
        if dice is not None:
            self.pace.step(done)
        self.progress = TrainingProgress(stage, done, total, dice, self._leftS(stage, done, total))

    def why(self, code: int | None) -> str:
        """Return why it ended otherwise than it should have."""
        lines = [line for line in self._complaints if line.strip()]
        last = re.sub(r"^sammoe [\w-]+: ", "", lines[-1]) if lines else ""
        return f"the training stopped: {last or f'its process ended with exit status {code}'}"

    def _leftS(self, stage: str, done: int, total: int) -> float | None:
        now_s = self._clock()
        if stage != self._stageBegan[0]:
            self._stageBegan = (stage, done, now_s)
        _stage, first, began_s = self._stageBegan
        return None if done <= first else (total - done) * (now_s - began_s) / (done - first)
