"""A general model, its experts, its gate and their thresholds, as stages hand them on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from ...model.gate import Gate
from ...model.sam_moe import SamMoE


@dataclass(frozen=True, eq=False)
class Mixture:
    """A model that decides as the product would.

    Attributes:
        model: With its gate, if it has experts.
        tau: One threshold an expert.
    """

    model: SamMoE
    tau: Sequence[float] = ()


def model_with(
    model: SamMoE,
    *,
    experts: Mapping[str, nn.Module] | None = None,
    gate: Gate | None = None,
) -> SamMoE:
    """Return a model that shares its parts with another one.

    Args:
        model: The other one.
        experts: Decoders that are added, or take the place of those of the same id.
        gate: The gate; None: none.
    """
    own = dict(zip(model.expert_ids, model.expert_decoders, strict=True))
    joined = own | dict(experts or {})
    return SamMoE(
        model.family,
        general=model.general,
        second_decoder=model.second_decoder,
        experts=joined,
        gate=gate,
    ).eval()


def frozen(module: nn.Module) -> nn.Module:
    """Return a module that is only used from now on."""
    return module.requires_grad_(False).eval()
