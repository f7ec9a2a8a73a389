"""What a new expert or a new gate costs the general model, and what it brings, as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import SAMMoEError
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..samples.views import ViewSource
from .measure import MOE, Measured, measure

MOST_LOST = 0.01
"""A bundle whose general Dice falls by more is not written, unless it is forced."""


class ForgettingError(SAMMoEError):
    """The general model would lose too much."""


@dataclass(frozen=True)
class TaskNumbers:
    """One expert's task.

    Attributes:
        expert: Its id.
        general: Dice of the general decoder on it.
        alone: Dice of the expert alone.
        moe: Dice of the mixture.
        routed: Share of its prompts that reach it.
    """

    expert: str
    general: float
    alone: float
    moe: float
    routed: float

    @property
    def gain_kept(self) -> float | None:
        """Part of the expert's gain the mixture keeps; None where the expert gains nothing."""
        gain = self.alone - self.general
        return None if gain <= 1e-6 else (self.moe - self.general) / gain


@dataclass(frozen=True)
class Verdict:
    """The comparison a training ends with.

    Attributes:
        before: General tasks with the bundle as it was.
        after: General tasks with the new one.
        misrouted: Share of general prompts that go to an expert now.
        tasks: The experts' tasks that could be measured.
        samples: General objects measured.
    """

    before: float
    after: float
    misrouted: float
    tasks: tuple[TaskNumbers, ...]
    samples: int

    @property
    def forgets(self) -> bool:
        """Say whether general Dice fell by more than is allowed."""
        return self.before - self.after > MOST_LOST

    def lines(self) -> list[str]:
        """Return what is printed."""
        lines = [
            f"general: {self.before:.3f} -> {self.after:.3f} ({self.after - self.before:+.3f}), "
            f"{self.misrouted:.0%} of {self.samples} general prompts go to an expert"
        ]
        for task in self.tasks:
            kept = "none to keep" if task.gain_kept is None else f"{100 * task.gain_kept:.0f} %"
            lines.append(
                f"{task.expert}: general decoder {task.general:.3f}, expert alone "
                f"{task.alone:.3f}, together {task.moe:.3f}; {task.routed:.0%} routed to it"
            )
            lines.append(f"{task.expert}: expert's gain kept: {kept}")
        return lines

    def check(self, *, force: bool = False) -> None:
        """Refuse a bundle that forgets.

        Raises:
            ForgettingError: General Dice fell by more than 0.01 and `force` is not set.
        """
        if self.forgets and not force:
            raise ForgettingError(
                f"the general Dice would fall from {self.before:.3f} to {self.after:.3f}, by more "
                f"than {MOST_LOST}; the bundle is unchanged (train the gate longer or with more "
                "general samples, or use --force)"
            )


def compare(
    before: SamMoE,
    after: SamMoE,
    *,
    tau_before: Sequence[float],
    tau_after: Sequence[float],
    general: ViewSource,
    tasks: dict[str, ViewSource],
    samples: int,
    clicks: int,
    size: int,
) -> Verdict:
    """Measure general tasks with both models, and the experts' tasks with the new one.

    Args:
        before: The model as it was.
        after: With the new expert or gate.
        tau_before: Its thresholds.
        tau_after: Its thresholds.
        general: Objects that are nobody's task.
        tasks: Held-out objects by the id of the expert whose task they are.
        samples: Objects of each sort.
        clicks: After how many clicks Dice is taken.
        size: Patch voxels along each axis.
    """
    how = {"samples": samples, "clicks": clicks, "size": size}
    old = measure(before, tau_before, general, decoders=(MOE,), **how)
    new = measure(after, tau_after, general, decoders=(MOE,), **how)
    numbers = []
    for expert, source in tasks.items():
        decoders = (GENERAL, expert, MOE)
        found: Measured = measure(after, tau_after, source, decoders=decoders, **how)
        dice = found.dice
        numbers.append(
            TaskNumbers(expert, dice[GENERAL], dice[expert], dice[MOE], found.routed[expert])
        )
    misrouted = 1.0 - new.routed[GENERAL]
    return Verdict(old.dice[MOE], new.dice[MOE], misrouted, tuple(numbers), samples)
