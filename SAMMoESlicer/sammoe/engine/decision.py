"""Whose prompts these are: what the gate says, and what the user's options make of it."""

from collections.abc import Hashable
from typing import NamedTuple

import torch
from torch import Tensor

from ..bundle.card import BundleCard
from ..model.selector import Selection, select
from ..options import AUTO, NO_EXPERT, PredictOptions

LEAST_FOR_A_BOX = 0.8
"""No expert draws into a box below this score: on sight of a box there is one look, not two, and
the gate errs more often."""


class Decision(NamedTuple):
    """What holds for an object from the prompt at which it was decided.

    Attributes:
        scores: Experts' and general's scores.
        selection: The expert used.
        boxed: A box was among the prompts.
    """

    scores: tuple[float, ...]
    selection: Selection
    boxed: bool = False

    @property
    def without_expert(self) -> "Decision":
        """The same scores, and the general decoder alone."""
        return self._replace(selection=Selection(None, 0.0, self.selection.general_weight))


def decide(
    scores: Tensor, card: BundleCard, options: PredictOptions, *, boxed: bool = False
) -> Decision:
    """Return whose prompts these are.

    Args:
        scores: (m + 1,) the gate's softmax, 'general' last.
        card: The bundle's, with the experts' thresholds.
        options: A pinned expert, muted ones, a threshold of the user's.
        boxed: A box is among the prompts.
    """
    scores = scores.float().cpu()
    ids = card.expert_ids
    general = float(scores[-1])
    if options.expert == NO_EXPERT:
        selection = Selection(None, 0.0, general)
    elif options.expert != AUTO:
        selection = Selection(ids.index(options.expert), 1.0, general)
    else:
        muted = frozenset(ids.index(expert) for expert in options.muted)
        selection = select(scores, _thresholds(card, options.tau, boxed=boxed), muted=muted)
    return Decision(tuple(scores.tolist()), selection, boxed)


def threshold(card: BundleCard, expert: str, *, boxed: bool) -> float:
    """Return the score above which an expert draws, where the user says nothing else."""
    tau = card.tau_of(expert)
    return max(tau, LEAST_FOR_A_BOX) if boxed else tau


def deciding(options: PredictOptions) -> Hashable:
    """Return the options that a decision depends on."""
    return options.expert, options.tau, options.muted


def deciding_tau(card: BundleCard, decision: Decision, tau: float | None) -> float:
    """Return the threshold that decided: of the chosen expert, or of the best scored one."""
    thresholds = _thresholds(card, tau, boxed=decision.boxed)
    if not thresholds:
        return card.tau if tau is None else tau
    best = decision.selection.expert
    if best is None:
        best = max(range(len(thresholds)), key=decision.scores.__getitem__)
    return thresholds[best]


def left_out(card: BundleCard, decision: Decision, options: PredictOptions) -> str | None:
    """Return the id of an expert the gate was sure of and that does not draw all the same."""
    if options.expert != AUTO or decision.selection.expert is not None:
        return None
    scores = torch.tensor(decision.scores)
    again = decide(scores, card, options, boxed=decision.boxed).selection.expert
    return None if again is None else card.expert_ids[again]


def _thresholds(card: BundleCard, tau: float | None, *, boxed: bool) -> list[float]:
    return [
        threshold(card, expert, boxed=boxed) if tau is None else tau for expert in card.expert_ids
    ]
