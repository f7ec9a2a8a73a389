"""How far a training is, as the panel shows it."""

from dataclasses import dataclass
from enum import Enum, auto


class TrainingPhase(Enum):
    """How far it is.

    `MEASURING`: its first steps run, to say how long all of them take; `DRAWING`: it has ended,
    and its worst cases are drawn; `USED`: the new model is in use, and can be taken back.
    """

    NONE = auto()
    MEASURING = auto()
    RUNNING = auto()
    PAUSING = auto()
    PAUSED = auto()
    DRAWING = auto()
    DONE = auto()
    USED = auto()


@dataclass(frozen=True)
class TrainingProgress:
    """What is under way.

    Attributes:
        stage: In the words of `sammoe`.
        done: Steps or items done.
        total: Of how many.
        dice: Mean over the last steps; None in a stage without it.
        leftS: Seconds this stage still takes at its present pace; None: not known yet.
    """

    stage: str
    done: int
    total: int
    dice: float | None = None
    leftS: float | None = None
