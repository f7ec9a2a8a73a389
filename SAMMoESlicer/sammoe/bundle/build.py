"""Make the model a bundle describes."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

from ..errors import CheckpointError
from ..model import families
from ..model.backbone import Backbone
from ..model.checkpoint import (
    check_shapes,
    load_general_weights,
    load_weights,
    without_initialisation,
)
from ..model.gate import Gate
from ..model.sam_moe import SamMoE
from .difference import unpacked
from .reader import Bundle

FORMAT_WITH_CURVES = 2
"""From here on the compact family has weights for curves, extent and context."""

WRONG_SIZES = (
    *(TypeError, ValueError, ArithmeticError, RuntimeError),
    *(AssertionError, AttributeError, LookupError),
)
"""What modules raise when they are built with sizes that make no sense."""


def build_model(
    bundle: Bundle,
    device: str | torch.device = "cpu",
    *,
    when_used: Callable[[nn.Module], object] | None = None,
) -> SamMoE:
    """Return the model of a bundle in evaluation mode, computing in float32.

    Args:
        bundle: A verified bundle; half-precision storage is widened here.
        device: Where the weights go.
        when_used: An expert's weights are read at its first use, and the decoder handed over to
            this before; None: all are read now. A bundle of many experts takes no more memory than
            those that are used.

    Raises:
        CheckpointError: Unknown architecture, sizes it does not take, or weights that do not fit.
    """
    with without_initialisation():
        model = _load_parts(bundle, when_used)
    return model.to(device).eval()


def _load_parts(bundle: Bundle, when_used: Callable[[nn.Module], object] | None) -> SamMoE:
    card = bundle.card
    try:
        backbone, general = families.build(card.architecture, **card.sizes)
    except WRONG_SIZES as error:
        raise CheckpointError(
            f"{bundle.path}: no {card.architecture} model has sizes {card.sizes}: {error}"
        ) from error
    _load_general(bundle, backbone, general)
    experts: dict[str, Any] = {}
    for expert_id in card.expert_ids:
        if when_used is None:
            experts[expert_id] = _load_expert(bundle, backbone, expert_id)
        else:
            check_shapes(bundle.expert_shapes(expert_id), general, what=_expert(bundle, expert_id))
            experts[expert_id] = partial(_expert_in_use, bundle, backbone, expert_id, when_used)
    return SamMoE(
        backbone,
        general=general,
        second_decoder=_load_second_decoder(bundle, backbone, general),
        experts=experts,
        gate=_load_gate(bundle, backbone),
    )


def _expert(bundle: Bundle, expert_id: str) -> str:
    return f"{bundle.path}: expert {expert_id}"


def _load_expert(bundle: Bundle, backbone: Backbone, expert_id: str) -> nn.Module:
    decoder = backbone.new_decoder()
    load_weights(decoder, bundle.expert(expert_id), what=_expert(bundle, expert_id))
    return decoder


def _expert_in_use(
    bundle: Bundle, backbone: Backbone, expert_id: str, when_used: Callable[[nn.Module], object]
) -> nn.Module:
    with without_initialisation():
        decoder = _load_expert(bundle, backbone, expert_id)
    when_used(decoder)
    return decoder


def _load_general(bundle: Bundle, backbone: Backbone, general: nn.Module) -> None:
    card = bundle.card
    try:
        load_general_weights(backbone, general, bundle.general, what=f"{bundle.path}: general")
    except CheckpointError as error:
        if card.architecture == "compact" and card.format_version < FORMAT_WITH_CURVES:
            raise CheckpointError(
                f"{bundle.path} was made for an older SAMMoESlicer (its format version is "
                f"{card.format_version}), whose {card.architecture} model had fewer parts; install "
                "the current model, or train it again"
            ) from error
        raise CheckpointError(
            f"{error}; if it was made for another SAMMoESlicer, install the current model, or "
            "train it again"
        ) from error


def _load_second_decoder(
    bundle: Bundle, backbone: Backbone, general: nn.Module
) -> nn.Module | None:
    differences = bundle.second_decoder
    if differences is None:
        return None
    what = f"{bundle.path}: second general decoder"
    decoder = backbone.new_decoder()
    load_weights(decoder, unpacked(differences, general.state_dict(), what=what), what=what)
    return decoder


def _load_gate(bundle: Bundle, backbone: Backbone) -> Gate | None:
    state = bundle.gate
    if state is None:
        return None
    num_experts = len(bundle.card.experts)
    try:
        gate = Gate(
            embed_dim=backbone.embed_dim,
            local_dim=backbone.local_dim,
            num_experts=num_experts,
            hidden=len(state.get("hidden.bias", ())) or None,
            **bundle.card.gate_sizes,
        )
    except WRONG_SIZES as error:
        raise CheckpointError(
            f"{bundle.path}: no gate has sizes {bundle.card.gate_sizes}: {error}"
        ) from error
    columns = len(state.get("head.bias", ()))
    if columns != num_experts + 1:
        raise CheckpointError(
            f"{bundle.path}: the gate has {columns} columns, but {num_experts} experts and "
            f"'general' need {num_experts + 1}; train the gate for these experts"
        )
    load_weights(gate, state, what=f"{bundle.path}: gate")
    return gate
