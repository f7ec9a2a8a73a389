"""What a training measured at its end: the new expert on its task, and general tasks."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from sammoe.whole_file import written_whole

FILE = "verdict.json"
MOST_LOST = 0.01
"""General tasks that lose more of their Dice count as forgotten, as `sammoe` has it."""

_GENERAL = re.compile(r"general: (\d\.\d+) -> (\d\.\d+)")
_TASK = re.compile(r"\S+: general decoder (\d\.\d+), expert alone (\d\.\d+), together (\d\.\d+)")


@dataclass(frozen=True)
class TrainingVerdict:
    """Mean Dice on held-out scans.

    Attributes:
        taskBefore: The expert's task, by the general model.
        taskAfter: The same with the expert in the mixture.
        generalBefore: Tasks that are no expert's, with the model as it was.
        generalAfter: The same with the expert in it.
    """

    taskBefore: float
    taskAfter: float
    generalBefore: float
    generalAfter: float

    @property
    def forgets(self) -> bool:
        """Say whether general tasks lose more than is allowed without asking."""
        return self.generalBefore - self.generalAfter > MOST_LOST

    @classmethod
    def fromLines(cls, lines: list[str]) -> "TrainingVerdict | None":
        """Return what `sammoe train-expert` said; None where it has not measured yet."""
        general = next((found for line in lines if (found := _GENERAL.match(line))), None)
        task = next((found for line in lines if (found := _TASK.match(line))), None)
        if general is None or task is None:
            return None
        return cls(float(task[1]), float(task[3]), float(general[1]), float(general[2]))

    def write(self, folder: Path) -> None:
        """Keep the verdict in a folder.

        Raises:
            OSError: It cannot be written.
        """
        with written_whole(folder / FILE) as stream:
            stream.write(json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, folder: Path) -> "TrainingVerdict | None":
        """Return the verdict that a folder keeps; None where there is none that can be read."""
        try:
            return cls(**json.loads((folder / FILE).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None
