"""What a training tells whoever started it."""

from typing import Protocol

from .schedule import StepReport


class Reporter(Protocol):
    """Hears how a training goes on; the command line draws it, tests collect it."""

    def say(self, line: str) -> None:
        """Hear a result or a change of stage."""

    def count(self, what: str, done: int, total: int) -> None:
        """Hear how far a stage of many alike items is."""

    def step(self, report: StepReport) -> None:
        """Hear of one training step."""


class Silent:
    """A reporter for the processes that print nothing."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def count(self, what: str, done: int, total: int) -> None:
        """Say nothing."""

    def step(self, report: StepReport) -> None:
        """Say nothing."""
