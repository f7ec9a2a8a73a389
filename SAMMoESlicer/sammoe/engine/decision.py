"""Whose prompts these are: what the gate says, and what the user's options make of it."""

from collections.abc import Hashable
from typing import NamedTuple

import torch
from torch import Tensor

from ..bundle.card import BundleCard
from ..model.selector import Selection, select
from ..options import AUTO, NO_EXPERT, PredictOptions


class Decision(NamedTuple):
    """What holds for an object from the prompt at which it was decided.

    Attributes:
        scores: Experts' and general's scores.
        selection: The expert used.
    """

    scores: tuple[float, ...]
    selection: Selection

    @property
    def without_expert(self) -> "Decision":
        """The same scores, and the general decoder alone."""
        return self._replace(selection=Selection(None, 0.0, self.selection.general_weight))


def decide(scores: Tensor, card: BundleCard, options: PredictOptions) -> Decision:
    """Return whose prompts these are.

    Args:
        scores: (m + 1,) the gate's softmax, 'general' last.
        card: The bundle's, with the experts' thresholds.
        options: A pinned expert, muted ones, a threshold of the user's.
    """
    scores = scores.float().cpu()
    ids = card.expert_ids
    general = float(scores[-1])
    if options.expert == NO_EXPERT:
        selection = Selection(None, 0.0, general)
    elif options.expert != AUTO:
        selection = Selection(ids.index(options.expert), 1.0, general)
    else:
        muted = frozenset(ids.index(expert) for expert in options.muted if expert in ids)
        selection = select(scores, _thresholds(card, options.tau), muted=muted)
    return Decision(tuple(scores.tolist()), selection)


def deciding(options: PredictOptions) -> Hashable:
    """Return the options that a decision depends on."""
    return options.expert, options.tau, options.muted


def deciding_tau(card: BundleCard, decision: Decision, tau: float | None) -> float:
    """Return the threshold that decided: of the chosen expert, or of the best scored one."""
    thresholds = _thresholds(card, tau)
    if not thresholds:
        return card.tau if tau is None else tau
    best = decision.selection.expert
    if best is None:
        best = max(range(len(thresholds)), key=decision.scores.__getitem__)
    return thresholds[best]


def left_out(card: BundleCard, decision: Decision, options: PredictOptions) -> str | None:
    """Return the id of an expert the gate was sure of and that does not draw all the same."""
    if options.expert != AUTO or options.tau is not None or decision.selection.expert is not None:
        return None
    again = decide(torch.tensor(decision.scores), card, options).selection.expert
    return None if again is None else card.expert_ids[again]


def _thresholds(card: BundleCard, tau: float | None) -> list[float]:
    return [card.tau_of(expert) if tau is None else tau for expert in card.expert_ids]
