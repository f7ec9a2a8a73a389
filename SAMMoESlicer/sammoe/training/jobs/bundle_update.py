"""A bundle with one more expert or another gate; every other weight stays as it is, bit for bit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ...bundle import Bundle, BundleCard, ExpertCard, write_bundle
from ...bundle.expert_card import LEAST_TAU
from ...model.gate import Gate
from ..gate.bank import GateBank, bank_state

State = Mapping[str, Tensor]


def taus_of(card: BundleCard) -> list[float]:
    """Return each expert's threshold, the bundle's where it has none of its own."""
    return [card.tau if expert.tau is None else expert.tau for expert in card.experts]


def least_taus(card: BundleCard, expert_ids: Sequence[str]) -> list[float]:
    """Return below what no expert's threshold may be set, for those of a card and new ones."""
    known = {expert.id: expert.least_tau for expert in card.experts}
    return [known.get(expert_id, LEAST_TAU) for expert_id in expert_ids]


def card_with_expert(card: BundleCard, expert: ExpertCard) -> BundleCard:
    """Return a card with one more expert, or with one of the same id replaced in its place.

    A replaced one's least threshold stays.
    """
    if expert.id in card.expert_ids:
        least = card.expert(expert.id).least_tau
        new = replace(expert, least_tau=least)
        experts = tuple(new if old.id == expert.id else old for old in card.experts)
    else:
        experts = (*card.experts, expert)
    return replace(card, experts=experts)


def card_with_taus(card: BundleCard, tau: Sequence[float]) -> BundleCard:
    """Return a card whose experts have these thresholds."""
    experts = tuple(
        replace(expert, tau=value) for expert, value in zip(card.experts, tau, strict=True)
    )
    return replace(card, experts=experts)


def rewrite(
    bundle: Bundle,
    card: BundleCard,
    *,
    new_experts: Mapping[str, State] | None = None,
    gate: Gate | None = None,
    bank: GateBank | None = None,
) -> Bundle:
    """Write a changed bundle in its old one's place, in one step.

    Args:
        bundle: As it was when the change began.
        card: As it shall be; its experts' order is the gate's.
        new_experts: Weights of new or replaced experts.
        gate: The new gate; None keeps the old one.
        bank: The new bank; None keeps the old one.

    Raises:
        CheckpointError: A weight is not finite, the bundle cannot be written, or another command
            changed it meanwhile; what is there stays.
    """
    bundle.place.check_unchanged()  # before its weights are read, which may be others now
    new_experts = new_experts or {}
    half = stored_in_half(bundle)
    experts: dict[str, State] = {}
    for expert_id in card.expert_ids:
        state = new_experts.get(expert_id)
        experts[expert_id] = bundle.expert(expert_id) if state is None else _as(state, half)
    return write_bundle(
        bundle.path,
        card,
        general=bundle.general,
        second_decoder=bundle.second_decoder,
        experts=experts,
        gate=bundle.gate if gate is None else _as(gate.state_dict(), half),
        gate_bank=bundle.gate_bank if bank is None else bank_state(bank),
        half=False,
        replaces=bundle.place,
    )


def stored_in_half(bundle: Bundle) -> bool:
    """Say whether a bundle's weights are stored as float16."""
    return any(value.dtype == torch.float16 for value in bundle.general.values())


def _as(state: State, half: bool) -> State:
    """Return weights as the bundle stores its own."""
    most = torch.finfo(torch.float16).max
    return {
        name: value.detach().half()
        if half and value.is_floating_point() and bool((value.abs() <= most).all())
        else value.detach()
        for name, value in state.items()
    }
