"""Each expert's threshold, so that few general prompts reach it, and what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...model.gate import Gate
from ...options import GENERAL
from .bank import GateBank
from .fit import gate_scores
from .prompts import GatePrompts

MOST_MISROUTED = 0.05
TAU_MARGIN = 0.02
MOST_TAU = 0.97


@dataclass(frozen=True, eq=False)
class CalibratedGate:
    """A trained gate.

    Attributes:
        gate: In evaluation mode.
        tau: Each expert's threshold.
        routed: Share of held-out prompts of each expert, and of 'general', that get home; every
            prompt is judged with thresholds that were set without it.
        bank: What it was trained and calibrated with.
    """

    gate: Gate
    tau: list[float]
    routed: dict[str, float]
    bank: GateBank

    def line(self) -> str:
        """Return thresholds and shares as a sentence."""
        homes = ", ".join(f"{name} {share:.0%}" for name, share in self.routed.items())
        line = f"gate: held-out prompts that get home: {homes}; tau {self.tau}"
        if self.routed[GENERAL] >= 1 - MOST_MISROUTED:
            return line
        return (
            f"{line}; more than {MOST_MISROUTED:.0%} of general prompts go to an expert: give the "
            "gate more prompts, or general ones that look like your scans"
        )


def calibrated(
    gate: Gate,
    prompts: GatePrompts,
    *,
    least: Sequence[float],
    kept: Mapping[int, float] | None = None,
) -> CalibratedGate:
    """Return a gate with thresholds from prompts it has not learnt from.

    Args:
        gate: With the prompts' columns, on CPU.
        prompts: Of every class; an expert of which none are held out has no share that gets home.
        least: Below which no expert's threshold is set.
        kept: Thresholds by column that stay as they are.
    """
    scores, classes = gate_scores(gate, prompts.held_out), prompts.held_out.classes
    tau = calibrate_tau(scores, classes, least=least, kept=kept)
    homes = cross_checked_homes(scores, classes, least=least, kept=kept)
    there = set(classes.tolist())
    routed = {name: homes[n] for n, name in enumerate(prompts.columns) if n in there}
    return CalibratedGate(gate, tau, routed, prompts.bank)


def calibrate_tau(
    scores: Tensor,
    classes: Tensor,
    *,
    least: Sequence[float],
    kept: Mapping[int, float] | None = None,
) -> list[float]:
    """Return each expert's threshold: at most 5 % of general prompts pass one.

    Experts share them equally; what one does not need whose threshold may be no lower goes to the
    others.

    Args:
        scores: (S, m + 1) on held-out samples.
        classes: (S,), m for 'general'.
        least: No expert's threshold is lower than its own here.
        kept: Thresholds by column that stay as they are; what passes them is taken off the 5 %.
    """
    experts = scores.shape[1] - 1
    kept = kept or {}
    best, choice = scores[classes == experts, :experts].max(dim=1)
    wrong = [best[choice == expert].sort(descending=True).values for expert in range(experts)]
    left = MOST_MISROUTED * len(best) - sum(int((wrong[e] > tau).sum()) for e, tau in kept.items())
    left, share = max(left, 0.0), 0.0
    sharing = set(range(experts)) - kept.keys()
    while sharing:
        share = left / len(sharing)
        content = {e for e in sharing if _needed(wrong[e], share) <= least[e]}
        if not content:
            break
        sharing -= content
        left -= sum(int((wrong[e] > least[e]).sum()) for e in content)
    thresholds = []
    for expert, floor in enumerate(least):
        if expert in kept:
            thresholds.append(kept[expert])
            continue
        needed = _needed(wrong[expert], share) if expert in sharing else floor
        thresholds.append(round(max(min(needed, MOST_TAU), floor), 3))
    return thresholds


def _needed(wrong: Tensor, allowed: float) -> float:
    """Return above which threshold so many of some scores, the highest first, are."""
    rank = int(allowed)
    return float(wrong[rank]) + TAU_MARGIN if len(wrong) > rank else 0.0


def cross_checked_homes(
    scores: Tensor,
    classes: Tensor,
    *,
    least: Sequence[float],
    kept: Mapping[int, float] | None = None,
) -> list[float]:
    """Return the share of each class, 'general' last, that gets home.

    Either half of the prompts is judged with the thresholds the other half gives.

    Args:
        scores: (S, m + 1) on held-out samples.
        classes: (S,), m for 'general'.
        least: Below which no expert's threshold is set.
        kept: Thresholds by column that stay as they are.
    """
    even = torch.arange(len(classes)) % 2 == 0
    home = torch.zeros(len(classes), dtype=torch.bool)
    for judged in (even, ~even):
        tau = calibrate_tau(scores[~judged], classes[~judged], least=least, kept=kept)
        home[judged] = destinations(scores[judged], tau) == classes[judged]
    return [
        round(float(home[classes == column].float().mean()), 3) for column in range(scores.shape[1])
    ]


def destinations(scores: Tensor, tau: Sequence[float]) -> Tensor:
    """Return where each prompt goes, (S,): the index of an expert, or m for 'general'."""
    experts = scores.shape[1] - 1
    best, choice = scores[:, :experts].max(dim=1)
    passed = best > torch.tensor(tau)[choice]
    return torch.where(passed, choice, experts)
