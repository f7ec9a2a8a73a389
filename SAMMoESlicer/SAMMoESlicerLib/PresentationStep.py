"""One step of a presentation, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass

from sammoe import Result

from .Bridge import PromptRole

Place = tuple[PromptRole, tuple[float, float, float]]


@dataclass(frozen=True)
class PresentationStep:
    """One action: a click, and perhaps what comes before it.

    Attributes:
        title: What is being shown.
        role: Positive or negative point.
        point_ras: Where, world RAS mm.
        beginsSegment: Whether a new segment is made first.
        repair: None, or what finds the click that mends the mask of the step before.
        endsWorker: Whether the model's process is killed first; it recovers by itself.
        score: None, or what compares a mask with the reference: Dice, 0 to 1.
    """

    title: str
    role: PromptRole
    point_ras: tuple[float, float, float]
    beginsSegment: bool = False
    repair: Callable[[Result], Place | None] | None = None
    endsWorker: bool = False
    score: Callable[[Result], float] | None = None


@dataclass(frozen=True)
class StepOutcome:
    """What came of a step.

    Attributes:
        step: What was done.
        seconds: From the click to the mask.
        expert: The decoder used, or None.
        dice: Agreement with the reference, or None without one.
    """

    step: PresentationStep
    seconds: float
    expert: str | None
    dice: float | None = None
