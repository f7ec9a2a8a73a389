"""Linear layers whose weights are laid out once in oneDNN's own blocks: inference on a CPU only.

MKL packs a weight matrix again at every call; for a few hundred tokens that and the separate
activation cost 15 to 25 %. The replaced layers keep no ordinary weights, so that memory holds
them once, and a packed model can be neither trained, saved nor moved to another device.
"""

from functools import cache
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..processor import cpu_has_bfloat16

_ACTIVATIONS: dict[type[nn.Module], str] = {nn.GELU: "gelu", nn.ReLU: "relu"}
MIN_WEIGHTS = 1 << 12
"""Smaller layers stay as they are: nothing is gained."""


class PackedLinear(nn.Module):
    """A linear layer, with its activation if it has one, as one oneDNN call.

    Args:
        linear: Where the weights come from.
        activation: "none", "gelu" or "relu".
        bfloat16: Round weights, inputs and outputs to bfloat16; sums stay float32. The processor
            must have it.
    """

    def __init__(
        self, linear: nn.Linear, *, activation: str = "none", bfloat16: bool = False
    ) -> None:
        super().__init__()
        self._dtype = torch.bfloat16 if bfloat16 else torch.float32
        self._activation = activation
        weight = linear.weight.detach().to(self._dtype).contiguous()
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight)
        self.bias = None if linear.bias is None else linear.bias.detach().float().clone()
        self._packed_bias = None if self.bias is None else self.bias.to(self._dtype)

    def forward(self, features: Tensor) -> Tensor:
        """Map float32 features (..., in) to (..., out)."""
        out: Tensor = torch.ops.mkldnn._linear_pointwise(
            features.to(self._dtype),
            self._packed,
            self._packed_bias,
            self._activation,
            [],
            "none" if self._activation == "gelu" else "",
        )
        return out.float()


@runtime_checkable
class PacksForCpu(Protocol):
    """A module that can lay its weights out for inference on a CPU."""

    def pack_for_cpu(self, *, bfloat16: bool = False) -> None:
        """Do so, for good; nothing where this PyTorch lacks oneDNN."""


def pack_for_cpu(model: nn.Module, *, bfloat16: bool = False) -> None:
    """Lay out every module of a model that can; the model then computes on this CPU only.

    Args:
        model: Any family; parts without `pack_for_cpu` stay as they are.
        bfloat16: Twice as fast where the processor has it, at about 0.998 Dice to float32 (the
            compact family was trained so); float32 where it has not.
    """
    packing = [module for module in model.modules() if isinstance(module, PacksForCpu)]
    for module in packing:
        module.pack_for_cpu(bfloat16=bfloat16)
    if packing:
        _let_go_of_files(model)


def can_pack() -> bool:
    """Say whether this build of PyTorch has oneDNN's packed linear layers, as they are used here.

    They are no public interface and have changed before, so a small one is tried.
    """
    return torch.backends.mkldnn.is_available() and _packing_works()


@cache
def _packing_works() -> bool:
    linear = nn.Linear(16, 16)
    features = torch.linspace(-1, 1, 64).view(4, 16)
    with torch.no_grad():
        expected = nn.functional.gelu(linear(features))
        try:
            found = PackedLinear(linear, activation="gelu")(features)
        except (AttributeError, RuntimeError, TypeError):
            return False
    return torch.allclose(found, expected, atol=1e-5)


def pack_linears(
    module: nn.Module, *, bfloat16: bool = False, min_weights: int = MIN_WEIGHTS
) -> int:
    """Replace the linear layers inside a module on the CPU; returns how many.

    `lin1` followed by `act`, as both families' MLPs name them, become one call. Nothing is done
    where oneDNN is missing: the ordinary layers compute the same, slower. Nothing is rounded to
    bfloat16 where the processor would only emulate it.
    """
    bfloat16 = bfloat16 and cpu_has_bfloat16()
    if not can_pack():
        return 0
    count = 0
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is not nn.Linear or child.weight.numel() < min_weights:
                continue
            activation = _activation_after(parent) if name == "lin1" else "none"
            setattr(parent, name, PackedLinear(child, activation=activation, bfloat16=bfloat16))
            if activation != "none":
                parent.act = nn.Identity()
            count += 1
    return count


def _let_go_of_files(model: nn.Module) -> None:
    """Copy what is left of a model out of the file it was mapped from.

    A mapping counts in the process's memory, whole, as long as one tensor of it lives.
    """
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()
    for module in model.modules():
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, buffer.clone())


def _activation_after(mlp: nn.Module) -> str:
    """Return the name of an MLP's activation if oneDNN can fuse it."""
    activation = getattr(mlp, "act", None)
    if isinstance(activation, nn.GELU) and activation.approximate != "none":
        return "none"
    return next((name for kind, name in _ACTIVATIONS.items() if type(activation) is kind), "none")
