"""What a training tells whoever started it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class StepReport:
    """What a step gave.

    Attributes:
        step: Steps done.
        steps: Steps of the whole schedule.
        loss: Mean over the batch; NaN where the step was skipped for it.
        dice: Mean after the last click.
        samples: Objects in the batch.
        skipped: Steps skipped so far because a number was not finite.
    """

    step: int
    steps: int
    loss: float
    dice: float
    samples: int
    skipped: int


class Reporter(Protocol):
    """Hears how a training goes on; the command line draws it, tests collect it."""

    def say(self, line: str) -> None:
        """Hear a result or a change of stage."""

    def count(self, what: str, done: int, total: int) -> None:
        """Hear how far a stage of many alike items is."""

    def step(self, stage: str, report: StepReport) -> None:
        """Hear of one training step of a stage."""


class Silent:
    """A reporter for the processes that print nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def count(self, what: str, done: int, total: int) -> None:
        """Say nothing."""

    def step(self, stage: str, report: StepReport) -> None:
        """Say nothing."""
