"""What a training measured at its end: the new expert on its task, and general tasks."""

import re
from dataclasses import dataclass

from .KeptRecord import KeptRecord

MOST_LOST = 0.01
"""General tasks that lose more of their Dice count as forgotten, as `sammoe` has it."""

_GENERAL = re.compile(r"general: (\d\.\d+) -> (\d\.\d+)")
_TASK = re.compile(r"\S+: general decoder (\d\.\d+), expert alone (\d\.\d+), together (\d\.\d+)")


@dataclass(frozen=True)
class TrainingVerdict(KeptRecord):
    """Mean Dice on held-out scans.

    Attributes:
        taskBefore: The expert's task, by the general model.
        taskAfter: The same with the expert in the mixture.
        generalBefore: Tasks that are no expert's, with the model as it was.
        generalAfter: The same with the expert in it.
    """

    fileName = "verdict.json"

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
