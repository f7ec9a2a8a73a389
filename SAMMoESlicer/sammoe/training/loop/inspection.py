"""Looks at a training while it goes on: what its averaged weights are worth by then.

Numbers travel in the checkpoint, so that none is lost or measured twice where a training goes on.
"""

import time
from collections.abc import Callable, Collection
from typing import Protocol

from torch import nn

Numbers = dict[str, float]
"""What was measured, by name."""


class Inspection(Protocol):
    """Says when to look, and looks.

    Attributes:
        seen: What was measured, by step.
    """

    seen: dict[int, Numbers]

    def is_due(self, step: int) -> bool:
        """Say whether to look after this step; any process may."""

    def look(self, step: int, objective: nn.Module) -> None:
        """Measure and take note, in every process; the averaged weights are in their place."""


class AtSteps:
    """Looks after given steps.

    Args:
        steps: Which.
        measured: Measures what the objective trains.
    """

    def __init__(self, steps: Collection[int], measured: Callable[[nn.Module], Numbers]) -> None:
        self.seen: dict[int, Numbers] = {}
        self._steps = frozenset(steps)
        self._measured = measured

    def is_due(self, step: int) -> bool:
        """Say whether it is one of the steps."""
        return step in self._steps

    def look(self, step: int, objective: nn.Module) -> None:
        """Measure."""
        self.seen[step] = self._measured(objective)


class EveryMinutes:
    """Looks after every so many minutes, and at the last step.

    Args:
        minutes: How many.
        last_step: The training's.
        measured: Measures what the objective trains, told the step.
    """

    def __init__(
        self, minutes: float, last_step: int, measured: Callable[[int, nn.Module], Numbers]
    ) -> None:
        self.seen: dict[int, Numbers] = {}
        self._minutes = minutes
        self._last_step = last_step
        self._measured = measured
        self._since_s = time.monotonic()

    def is_due(self, step: int) -> bool:
        """Say whether it is time."""
        late = time.monotonic() - self._since_s > 60 * self._minutes
        return late or (step == self._last_step and step not in self.seen)

    def look(self, step: int, objective: nn.Module) -> None:
        """Measure; the time it takes does not count."""
        self.seen[step] = self._measured(step, objective)
        self._since_s = time.monotonic()
