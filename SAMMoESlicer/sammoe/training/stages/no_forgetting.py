"""What a new expert or a new gate costs the general model, and what it brings, as numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from ...errors import SAMMoEError
from ...options import GENERAL
from ..loop.workshop import Workshop
from ..view_batch import ViewSource
from .measure import MIXTURE, Measured, measure
from .mixture import Mixture

FIRST_SEED = 99
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
        mixture: Dice of the mixture.
        routed: Share of its prompts that reach it.
    """

    expert: str
    general: float
    alone: float
    mixture: float
    routed: float

    @property
    def gain_kept(self) -> float | None:
        """Part of the expert's gain the mixture keeps; None where the expert gains nothing."""
        gain = self.alone - self.general
        return None if gain <= 1e-6 else (self.mixture - self.general) / gain

    def as_card(self, clicks: int) -> dict[str, float]:
        """Return the numbers as an expert's card has them."""
        dice = {
            f"{clicks} clicks": self.alone,
            f"general, {clicks} clicks": self.general,
            f"mixture, {clicks} clicks": self.mixture,
            "routed to it": self.routed,
        }
        return {name: round(value, 3) for name, value in dice.items()}


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
                f"{task.alone:.3f}, together {task.mixture:.3f}; {task.routed:.0%} routed to it"
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


@dataclass(frozen=True)
class MeasureOptions:
    """How much is measured.

    Attributes:
        samples: Objects of each task.
        general_parts: So many times as many general ones.
        clicks: After how many clicks Dice is taken.
        force: A bundle that forgets is written all the same.
    """

    samples: int = 40
    general_parts: int = 1
    clicks: int = 5
    force: bool = False


def no_forgetting(
    workshop: Workshop,
    before: Mixture,
    after: Mixture,
    *,
    general: ViewSource,
    tasks: Mapping[str, ViewSource],
    options: MeasureOptions,
) -> Verdict:
    """Measure general tasks with both models, and the experts' tasks with the new one.

    Args:
        workshop: Shares the work among its processes and keeps what was measured.
        before: The model as it was.
        after: With the new expert or gate.
        general: Objects that are nobody's task.
        tasks: Held-out objects by the id of the expert whose task they are.
        options: How much.
    """
    parts = range(options.general_parts)
    makes = {f"general-before-{n}": _measuring(before, GENERAL, general, options, n) for n in parts}
    makes |= {f"general-after-{n}": _measuring(after, GENERAL, general, options, n) for n in parts}
    makes |= {
        f"task-{expert}": _measuring(after, expert, source, options, 0)
        for expert, source in tasks.items()
    }
    found = workshop.all_kept(makes, what="measuring")
    old, new, own = found[: len(parts)], found[len(parts) : 2 * len(parts)], found[2 * len(parts) :]
    numbers = [
        TaskNumbers(
            expert, *(float(state[name]) for name in ("general", "alone", "mixture", "routed"))
        )
        for expert, state in zip(tasks, own, strict=True)
    ]
    return Verdict(
        before=_mean(old, "mixture"),
        after=_mean(new, "mixture"),
        misrouted=1.0 - _mean(new, "routed"),
        tasks=tuple(numbers),
        samples=options.samples * options.general_parts,
    )


def _measuring(
    mixture: Mixture, name: str, source: ViewSource, options: MeasureOptions, part: int
) -> Callable[[], dict[str, Tensor]]:
    """Return what measures one task: Dice of every decoder, and how often it is chosen."""

    def measured() -> dict[str, Tensor]:
        found: Measured = measure(
            mixture.model,
            mixture.tau,
            source,
            decoders=(MIXTURE,) if name == GENERAL else (GENERAL, name, MIXTURE),
            samples=options.samples,
            clicks=options.clicks,
            size=mixture.model.family.patch_size,
            seed=FIRST_SEED + part,
        )
        values = {"mixture": found.dice[MIXTURE], "routed": found.routed[name]}
        if name != GENERAL:
            values |= {"general": found.dice[GENERAL], "alone": found.dice[name]}
        return {key: torch.tensor(value) for key, value in values.items()}

    return measured


def _mean(found: Sequence[Mapping[str, Tensor]], name: str) -> float:
    return fmean(float(state[name]) for state in found)
