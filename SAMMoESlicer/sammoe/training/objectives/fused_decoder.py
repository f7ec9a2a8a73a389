"""The general decoder and one expert as a single decoder, whose logits are the paper's mixture."""

from typing import Any

import torch
from torch import Tensor, nn


class FusedDecoder(nn.Module):
    """Stands where a mask decoder stands and returns (1 - s) M_general + s M_expert.

    Args:
        general: The general decoder.
        expert: The expert's decoder.
        weight: s, a scalar or (B,), in [0, 1].
    """

    def __init__(self, general: nn.Module, expert: nn.Module, weight: Tensor) -> None:
        super().__init__()
        self.general = general
        self.expert = expert
        self._weight = weight

    def forward(self, *embeddings: Any, **named: Any) -> Any:
        """Return what a decoder of the family returns, with fused logits; of any family."""
        general, expert = (part(*embeddings, **named) for part in (self.general, self.expert))
        if isinstance(general, tuple):
            parts = (self._fuse(a, b) for a, b in zip(general, expert, strict=True))
            return type(general)(*parts)
        return self._fuse(general, expert)

    def _fuse(self, general: Tensor, expert: Tensor) -> Tensor:
        weight = self._weight.to(general)
        if weight.dim():
            weight = weight.reshape(-1, *[1] * (general.dim() - 1))
        return torch.lerp(general, expert, weight.expand_as(general))
