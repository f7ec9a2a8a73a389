"""Small building blocks shared by the compact encoder and decoder."""

import math
from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .contrast_norm import ContrastNorm

NORM_EPSILON = 1e-5

ModuleT = TypeVar("ModuleT", bound=nn.Module)


class ChannelNorm(nn.Module):
    """Layer normalisation over channels at every voxel of (B, C, D, H, W).

    The decoder's: what a click does must not depend on how much of the patch it fills.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        """Normalise (B, C, D, H, W)."""
        if features.is_cuda:
            return self._by_hand(features)
        last = features.permute(0, 2, 3, 4, 1)
        return F.layer_norm(last, last.shape[-1:], self.weight, self.bias).permute(0, 4, 1, 2, 3)

    def _by_hand(self, features: Tensor) -> Tensor:
        """Return the same; torch's own takes a block of threads for each of a million voxels."""
        values = features.float()
        spread, mean = torch.var_mean(values, dim=1, correction=0, keepdim=True)
        normed = (values - mean) * torch.rsqrt(spread + NORM_EPSILON)
        shape = (1, -1, 1, 1, 1)
        scaled = normed * self.weight.reshape(shape) + self.bias.reshape(shape)
        return scaled.to(features.dtype)


class ResidualBlock(nn.Module):
    """x + conv(relu(norm(conv(relu(norm(x)))))), width kept."""

    def __init__(self, channels: int, *, norm: Callable[[int], nn.Module] = ContrastNorm) -> None:
        super().__init__()
        self.norm1 = norm(channels)
        self.conv1 = nn.Conv3d(channels, channels, 3, padding=1)
        self.norm2 = norm(channels)
        self.conv2 = nn.Conv3d(channels, channels, 3, padding=1)
        self.conv2.bias = nn.Parameter(torch.zeros(channels))
        self.conv2.weight.data.mul_(0.3)

    def forward(self, features: Tensor) -> Tensor:
        """Map (B, C, D, H, W) to the same shape."""
        hidden = self.conv1(F.relu(self.norm1(features)))
        return features + self.conv2(F.relu(self.norm2(hidden)))


class Mlp(nn.Module):
    """Two linear maps with a GELU between."""

    def __init__(self, width: int, hidden: int, *, out: int | None = None) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, out or width)
        self.act: nn.Module = nn.GELU()

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (..., width) to (..., out)."""
        return self.lin2(self.act(self.lin1(tokens)))


class Attention(nn.Module):
    """Multi-head attention of queries to other tokens, optionally at a narrower width.

    Attributes:
        unfused: Products and softmax in bfloat16, one after another, for inference on a CPU where
            PyTorch's fused attention takes longer.
    """

    def __init__(self, width: int, heads: int, *, inner: int | None = None) -> None:
        super().__init__()
        inner = inner or width
        if inner % heads:
            raise ValueError(f"{inner} channels cannot be shared by {heads} heads")
        self.heads = heads
        self.unfused = False
        self.q_proj = nn.Linear(width, inner)
        self.k_proj = nn.Linear(width, inner)
        self.v_proj = nn.Linear(width, inner)
        self.out_proj = nn.Linear(inner, width)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, *, ignore: Tensor | None = None
    ) -> Tensor:
        """Attend.

        Args:
            query: (B, Q, width).
            key: (B, K, width).
            value: (B, K, width).
            ignore: (B, K) bool, keys nobody may look at; None: all may be seen.

        Returns:
            (B, Q, width).
        """
        q, k, v = (
            projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projected in (self.q_proj(query), self.k_proj(key), self.v_proj(value))
        )
        if self.unfused and ignore is None:
            return self.out_proj(_attended(q, k, v).transpose(1, 2).flatten(2))
        seen = None if ignore is None else ~ignore[:, None, None, :]
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        return self.out_proj(attended.transpose(1, 2).flatten(2))


def _attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return the attention of (B, H, Q, C) to (B, H, K, C), in bfloat16."""
    q, k, v = (part.bfloat16() for part in (q, k, v))
    scores = torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-1, -2))
    return torch.matmul(torch.softmax(scores, dim=-1), v)


class FourierPosition(nn.Module):
    """A position in the patch as a learned linear map of fixed Fourier features.

    No learned grid: weights trained on 32^3 patches serve 64^3 patches, because a position is
    first expressed as a fraction of the patch.
    """

    frequencies: Tensor

    def __init__(self, width: int, *, octaves: int = 6) -> None:
        super().__init__()
        self.register_buffer(
            "frequencies", math.pi * 2.0 ** (torch.arange(octaves) * 0.75), persistent=False
        )
        self.linear = nn.Linear(6 * octaves, width)

    def forward(self, fractions: Tensor) -> Tensor:
        """Encode fractions (..., 3) of the patch, -1 at its low and +1 at its high faces."""
        angles = fractions[..., None] * self.frequencies
        waves = torch.cat([angles.sin(), angles.cos()], dim=-1).flatten(-2)
        return self.linear(waves)


def channels_last(module: ModuleT) -> ModuleT:
    """Return the same module with its weights laid out as its convolutions run fastest."""
    module.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    return module


def lay_out_loaded(module: nn.Module, _incompatible: object) -> None:
    """Lay weights out again after they were loaded: a hook for modules with convolutions."""
    channels_last(module)


def grid_fractions(shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Return the centres of a grid's cells as fractions in [-1, 1], shape (d, h, w, 3)."""
    axes = [(torch.arange(n, device=device) + 0.5) * (2.0 / n) - 1.0 for n in shape]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)


def point_fractions(point_coords: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return positions (..., 3), patch ijk, as fractions of a patch of `shape`."""
    size = torch.tensor(shape, device=point_coords.device, dtype=point_coords.dtype)
    return (point_coords + 0.5) * (2.0 / size) - 1.0


def space_to_depth(values: Tensor) -> Tensor:
    """Fold 2 x 2 x 2 neighbours into channels: (B, 1, 2d, 2h, 2w) to (B, 8, d, h, w)."""
    b, _, d, h, w = values.shape
    cells = values.reshape(b, d // 2, 2, h // 2, 2, w // 2, 2)
    return cells.permute(0, 2, 4, 6, 1, 3, 5).reshape(b, 8, d // 2, h // 2, w // 2)


def depth_to_space(channels: Tensor) -> Tensor:
    """Undo `space_to_depth`: (B, 8, d, h, w) to (B, 1, 2d, 2h, 2w)."""
    b, _, d, h, w = channels.shape
    cells = channels.reshape(b, 2, 2, 2, d, h, w).permute(0, 4, 1, 5, 2, 6, 3)
    return cells.reshape(b, 1, 2 * d, 2 * h, 2 * w)
