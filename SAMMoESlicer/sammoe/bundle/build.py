"""Make the model a bundle describes."""

import torch
from torch import nn

from ..errors import CheckpointError
from ..model import families
from ..model.backbone import Backbone
from ..model.checkpoint import load_general_weights, load_weights, without_initialisation
from ..model.gate import Gate
from ..model.sam_moe import SamMoE
from .reader import Bundle

FORMAT_WITH_CURVES = 2
"""From here on the compact family has weights for curves, extent and context."""

WRONG_SIZES = (
    *(TypeError, ValueError, ArithmeticError, RuntimeError),
    *(AssertionError, AttributeError, LookupError),
)
"""What modules raise when they are built with sizes that make no sense."""


def build_model(bundle: Bundle, device: str | torch.device = "cpu") -> SamMoE:
    """Return the model of a bundle in evaluation mode, computing in float32.

    Args:
        bundle: A verified bundle; half-precision storage is widened here.
        device: Where the weights go.

    Raises:
        CheckpointError: Unknown architecture, sizes it does not take, or weights that do not fit.
    """
    with without_initialisation():
        model = _load_parts(bundle)
    return model.to(device).eval()


def _load_parts(bundle: Bundle) -> SamMoE:
    card = bundle.card
    try:
        backbone, general = families.build(card.architecture, **card.sizes)
    except WRONG_SIZES as error:
        raise CheckpointError(
            f"{bundle.path}: no {card.architecture} model has sizes {card.sizes}: {error}"
        ) from error
    _load_general(bundle, backbone, general)
    experts = {expert_id: backbone.new_decoder() for expert_id in card.expert_ids}
    for expert_id, decoder in experts.items():
        load_weights(decoder, bundle.expert(expert_id), what=f"{bundle.path}: expert {expert_id}")
    return SamMoE(backbone, general=general, experts=experts, gate=_load_gate(bundle, backbone))


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
        raise


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
