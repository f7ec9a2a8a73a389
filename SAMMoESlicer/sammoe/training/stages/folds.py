"""How many steps an expert learns: cross-validation over patients.

Every fold's expert learns from the other folds' patients, and is measured on its own ones at some
steps of the schedule. The step that is best over all folds is where the expert itself stops.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any

from torch import nn

from ...model.sam_moe import SamMoE
from ..loop.inspection import AtSteps, Numbers
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..samples.general_views import Fold
from ..view_batch import ViewSource
from .expert import train_expert
from .measure import measure
from .mixture import model_with
from .no_forgetting import MeasureOptions

LOOKS = 8
"""So often each fold's expert is measured, after even parts of the schedule."""


@dataclass(frozen=True)
class CrossValidated:
    """What the folds said.

    Attributes:
        dice: Mean Dice over the folds by step; 0 is the general decoder.
        folds: How many there were.
    """

    dice: dict[int, float]
    folds: int

    @property
    def steps(self) -> int:
        """After how many steps experts were best; of equals the fewest."""
        return max((step for step in self.dice if step), key=lambda step: (self.dice[step], -step))

    def line(self, clicks: int) -> str:
        """Return what is printed."""
        shown = ", ".join(f"{step}: {dice:.3f}" for step, dice in self.dice.items() if step)
        return (
            f"cross-validation in {self.folds} folds, Dice after {clicks} clicks: general decoder "
            f"{self.dice[0]:.3f}, expert after so many steps {shown}; {self.steps} are taken"
        )


def cross_validated(
    workshop: Workshop,
    model: SamMoE,
    expert_id: str,
    folds: Sequence[Fold],
    options: TrainingOptions,
    *,
    identity: str,
    measuring: MeasureOptions,
    rehearsed: ViewSource | None = None,
) -> CrossValidated:
    """Train an expert for every fold, and measure it on the patients it did not see.

    Args:
        workshop: Where.
        model: With the general decoder they begin as; it stays as it is.
        expert_id: The expert's id.
        folds: The patients, divided.
        options: The schedule, as the expert itself has it.
        identity: What must be equal for a checkpoint to fit.
        measuring: How much is measured at every look.
        rehearsed: Objects that are nobody's task, mixed in; None: none are.
    """
    looks = sorted({max(options.steps * part // LOOKS, 1) for part in range(1, LOOKS + 1)})
    found: list[dict[int, float]] = []
    for number, fold in enumerate(folds, 1):
        dice_of = partial(_dice, model, expert_id, fold.held_out, measuring)
        inspection = AtSteps(looks, partial(_numbers, dice_of))
        train_expert(
            workshop, model, expert_id, fold.train, options,
            identity=f"{identity}, fold {number} of {len(folds)}",
            rehearsed=rehearsed, fold=number, inspection=inspection,
        )  # fmt: skip
        seen = {step: numbers["dice"] for step, numbers in inspection.seen.items()}
        found.append({0: dice_of(model.general), **seen})
    means = {step: fmean(dice[step] for dice in found) for step in (0, *looks)}
    return CrossValidated(means, len(folds))


def _dice(
    model: SamMoE,
    expert_id: str,
    held_out: ViewSource,
    measuring: MeasureOptions,
    decoder: nn.Module,
) -> float:
    """Return the mean Dice of a decoder that takes the expert's place."""
    measured = measure(
        model_with(model, experts={expert_id: decoder}),
        (),
        held_out,
        decoders=(expert_id,),
        samples=measuring.samples,
        clicks=measuring.clicks,
        size=model.family.patch_size,
    )
    return measured.dice[expert_id]


def _numbers(dice_of: Callable[[nn.Module], float], objective: Any) -> Numbers:
    return {"dice": dice_of(objective.decoder)}
