"""Instance normalisation in few passes; torch's own takes a third of a training step on a CPU."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

EPSILON = 1e-5
FEW_VOXELS = 1024
"""Up to so many, PyTorch normalises channels-last maps value by value, which is much slower."""


class ContrastNorm(nn.Module):
    """Normalise every channel over the whole patch, then scale and shift it.

    It brings a faint contrast to the same scale as a strong one; a normalisation over channels
    alone leaves features almost constant over the patch, and the transformer then learns nothing.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Normalise (B, C, D, H, W)."""
        if not torch.is_grad_enabled() and features.device.type == "cpu":
            if features[0, 0].numel() <= FEW_VOXELS:
                features = features.contiguous()
            return F.group_norm(features, features.shape[1], self.weight, self.bias, EPSILON)
        normalised: Tensor = _Normalise.apply(features, self.weight, self.bias)
        return normalised


class _Normalise(torch.autograd.Function):
    """Forward and backward as two fused passes over (B, voxels, C) each, sums in float32."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        rows = _rows(features)
        mean = rows.sum(1, dtype=torch.float32) / rows.shape[1]
        square = (rows * rows).sum(1, dtype=torch.float32) / rows.shape[1]
        inverse = torch.rsqrt((square - mean * mean).clamp(min=0) + EPSILON)
        scale = inverse * weight
        ctx.save_for_backward(rows, weight, mean, inverse)
        return _grid(_affine(rows, scale, bias - mean * scale), features.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rows, weight, mean, inverse = ctx.saved_tensors
        (gradient,) = gradients
        flowing, count = _rows(gradient), rows.shape[1]
        total = flowing.sum(1, dtype=torch.float32)
        along = ((flowing * rows).sum(1, dtype=torch.float32) - mean * total) * inverse
        scale = inverse * weight
        slope = -scale * inverse * along / count
        back = _affine(rows, slope, -scale * total / count - slope * mean)
        back = torch.addcmul(back, flowing, scale[:, None].to(flowing.dtype))
        return _grid(back, gradient.shape), along.sum(0), total.sum(0)


def _rows(features: Tensor) -> Tensor:
    return features.permute(0, 2, 3, 4, 1).flatten(1, 3)


def _grid(rows: Tensor, shape: torch.Size) -> Tensor:
    return rows.unflatten(1, shape[2:]).permute(0, 4, 1, 2, 3)


def _affine(rows: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    kind = rows.dtype
    return torch.addcmul(shift[:, None].to(kind), rows, scale[:, None].to(kind))
