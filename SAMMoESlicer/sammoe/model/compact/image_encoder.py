"""The compact image encoder: a convolutional stem, a few transformer blocks, skips back up."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .context import ContextToken
from .contrast_norm import ContrastNorm
from .layers import (
    Attention,
    FourierPosition,
    Mlp,
    ResidualBlock,
    grid_fractions,
    lay_out_loaded,
    space_to_depth,
)


class CompactEmbedding(NamedTuple):
    """An image, encoded once.

    Attributes:
        coarse: (B, C, D/8, H/8, W/8) tokens after the transformer.
        quarter: (B, C4, D/4, H/4, W/4) features with context from `coarse`.
        half: (B, C2, D/2, H/2, W/2) features with context from `quarter`.
        patch: (B, 1, D, H, W) the normalised patch itself, for the intensity guidance.
        context: (B, 4) what is known of the patch (see `context`), NaN where nothing is.
    """

    coarse: Tensor
    quarter: Tensor
    half: Tensor
    patch: Tensor
    context: Tensor

    def select(self, rows: Tensor) -> "CompactEmbedding":
        """Return the images `rows` (R,) int64, repeats allowed: one row for each object."""
        return CompactEmbedding(*(_select(part, rows) for part in self))


def _select(part: Tensor, rows: Tensor) -> Tensor:
    """Return some rows; on a GPU as a product, whose gradient is not added up atomically."""
    if not (part.is_cuda and part.requires_grad):
        return part.index_select(0, rows)
    chosen = torch.zeros(len(rows), len(part), dtype=part.dtype, device=part.device)
    chosen[torch.arange(len(rows), device=part.device), rows] = 1.0
    return (chosen @ part.flatten(1)).unflatten(1, part.shape[1:])


class TransformerBlock(nn.Module):
    """Pre-norm self-attention and MLP over all tokens, each scaled by a learned gain.

    The gains start small: with gains of 1 every token drifts to the same vector early on.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.gains = nn.Parameter(torch.full((2, width), 0.1))
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width, 4 * width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (B, T, width) to the same shape."""
        normed = self.norm1(tokens)
        tokens = tokens + self.gains[0] * self.attention(normed, normed, normed)
        return tokens + self.gains[1] * self.mlp(self.norm2(tokens))


class ImageEncoder(nn.Module):
    """Encode a patch whose sides are multiples of 8, at least 16.

    Every map it returns is normalised over the patch: otherwise the decoder, which first learns
    from the prompts alone, silences the transformer by a large constant, and it stays silent.
    A plain ViT with 16-voxel patches learns nothing in the time a CPU has; convolutions down to
    1/8 and attention only there do.
    """

    def __init__(
        self, *, embed_dim: int, quarter_dim: int, half_dim: int, width: int, depth: int, heads: int
    ) -> None:
        super().__init__()
        self.stem = nn.Conv3d(8, half_dim, 3, padding=1)
        self.half_block = ResidualBlock(half_dim)
        self.half_norm = ContrastNorm(half_dim)
        self.to_quarter = nn.Conv3d(half_dim, quarter_dim, 2, stride=2)
        self.quarter_block = ResidualBlock(quarter_dim)
        self.quarter_norm = ContrastNorm(quarter_dim)
        self.to_coarse = nn.Conv3d(quarter_dim, width, 2, stride=2)
        self.position = FourierPosition(width)
        self.context = ContextToken(width)
        self.blocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(depth))
        self.neck = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, embed_dim))
        self.coarse_norm = ContrastNorm(embed_dim)
        self.coarse_to_quarter = nn.Conv3d(embed_dim, quarter_dim, 1)
        self.quarter_out = nn.Sequential(ResidualBlock(quarter_dim), ContrastNorm(quarter_dim))
        self.quarter_to_half = nn.Conv3d(quarter_dim, half_dim, 1)
        self.register_load_state_dict_post_hook(lay_out_loaded)
        self.half_out = nn.Sequential(ResidualBlock(half_dim), ContrastNorm(half_dim))

    def forward(self, patch: Tensor, context: Tensor) -> CompactEmbedding:
        """Encode a normalised patch (B, 1, D, H, W), values in [-1, 1], of a context (B, 4)."""
        half = self.half_norm(self.half_block(self.stem(space_to_depth(patch))))
        quarter = self.quarter_norm(self.quarter_block(self.to_quarter(half)))
        coarse_map = self.to_coarse(quarter)
        grid = tuple(coarse_map.shape[2:])
        tokens = coarse_map.flatten(2).transpose(1, 2)
        tokens = tokens + self.position(grid_fractions(grid, patch.device)).flatten(0, 2)
        tokens = tokens + self.context(context)[:, None]
        for block in self.blocks:
            tokens = block(tokens)
        coarse = self.coarse_norm(self.neck(tokens).transpose(1, 2).unflatten(2, grid))
        quarter = self.quarter_out(quarter + upsample(self.coarse_to_quarter(coarse)))
        half = self.half_out(half + upsample(self.quarter_to_half(quarter)))
        return CompactEmbedding(coarse, quarter, half, patch, context)


def upsample(features: Tensor) -> Tensor:
    """Double the grid of (B, C, d, h, w), trilinear."""
    if features.is_cuda:
        return _upsample_by_slices(features)
    return F.interpolate(features, scale_factor=2, mode="trilinear", align_corners=False)


def _upsample_by_slices(features: Tensor) -> Tensor:
    """Return the same, axis by axis: the library's gradient on a GPU is added up atomically."""
    for axis in (2, 3, 4):
        length = features.shape[axis]
        low = torch.cat([features.narrow(axis, 0, 1), features.narrow(axis, 0, length - 1)], axis)
        high = torch.cat(
            [features.narrow(axis, 1, length - 1), features.narrow(axis, length - 1, 1)], axis
        )
        both = [torch.lerp(features, low, 0.25), torch.lerp(features, high, 0.25)]
        features = torch.stack(both, axis + 1).flatten(axis, axis + 1)
    return features.contiguous(memory_format=torch.channels_last_3d)
