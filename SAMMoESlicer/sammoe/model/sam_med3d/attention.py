"""Attention of the image encoder, over the real tokens only."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .padded_keys import attend_with_padded_key
from .relative_positions import key_bias, padded_log_weight, relative_terms


class Attention(nn.Module):
    """Multi-head self-attention within windows, with relative positions.

    Upstream fills the last window along each axis with zero tokens and computes them all (2,744
    for a grid of 512). Here they are one extra key (see `relative_positions`): the same function.

    Args:
        width: Channels of a token.
        num_heads: Heads; must divide `width`.
        window: Edge of a window in tokens, which is the edge of the grid in global blocks.
    """

    def __init__(self, width: int, *, num_heads: int, window: int) -> None:
        super().__init__()
        head_width = width // num_heads
        self.num_heads = num_heads
        self.window = window
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.rel_pos_d = nn.Parameter(torch.zeros(2 * window - 1, head_width))
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * window - 1, head_width))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * window - 1, head_width))

    def forward(self, tokens: Tensor) -> Tensor:
        """Attend within windows of normalised tokens (B, D, H, W, C); same shape."""
        qkv = self.qkv(tokens)
        if max(tokens.shape[1:4]) <= self.window:
            mixed = self._attend(qkv)
        else:
            mixed = qkv.new_empty(tokens.shape)
            for region in _regions(tokens.shape[1:4], self.window):
                windows = _split(qkv[:, *region], self.window)
                mixed[:, *region] = _join(self._attend(windows), mixed[:, *region].shape)
        out: Tensor = self.proj(mixed)
        return out

    def _attend(self, qkv: Tensor) -> Tensor:
        """Attend within each of B windows of real tokens (B, d, h, w, 3 C) -> (B, d, h, w, C)."""
        batch, *grid, _ = qkv.shape
        split = qkv.view(batch, *grid, 3, self.num_heads, -1)
        queries, keys, values = split.permute(4, 0, 5, 1, 2, 3, 6).unbind(0)
        pad_query, pad_key, pad_value = self.qkv.bias.view(3, self.num_heads, 1, -1).unbind(0)
        terms = relative_terms(
            queries, pad_query[:, 0], (self.rel_pos_d, self.rel_pos_h, self.rel_pos_w)
        )
        bias = key_bias(terms).flatten(5, 7).flatten(2, 4)
        queries, keys, values = (x.flatten(2, 4) for x in (queries, keys, values))
        log_weight = padded_log_weight(terms)
        if log_weight is None:
            mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)
        else:
            mixed = attend_with_padded_key(
                queries,
                keys,
                values,
                bias=bias,
                padded_key=pad_key,
                padded_value=pad_value,
                log_weight=log_weight.flatten(2),
            )
        return mixed.transpose(1, 2).reshape(batch, *grid, -1)


def _regions(grid: torch.Size, window: int) -> list[tuple[slice, slice, slice]]:
    """Return the parts of a grid whose windows have equally many real tokens along each axis."""
    axes = []
    for size in grid:
        full = size - size % window
        axes.append([slice(a, b) for a, b in ((0, full), (full, size)) if b > a])
    return [(d, h, w) for d in axes[0] for h in axes[1] for w in axes[2]]


def _split(region: Tensor, window: int) -> Tensor:
    """Cut (B, D, H, W, C) into windows, (B x windows, d, h, w, C) with d, h, w <= window."""
    batch, *grid, channels = region.shape
    edge = [min(size, window) for size in grid]
    counts = [size // e for size, e in zip(grid, edge, strict=True)]
    paired = [n for pair in zip(counts, edge, strict=True) for n in pair]
    windows = region.reshape(batch, *paired, channels).permute(0, 1, 3, 5, 2, 4, 6, 7)
    return windows.reshape(-1, *edge, channels)


def _join(windows: Tensor, shape: torch.Size) -> Tensor:
    """Put windows (B x windows, d, h, w, C) back together; the inverse of `_split`."""
    batch, *grid, channels = shape
    edge = windows.shape[1:4]
    counts = [size // e for size, e in zip(grid, edge, strict=True)]
    return (
        windows.reshape(batch, *counts, *edge, channels)
        .permute(0, 1, 4, 2, 5, 3, 6, 7)
        .reshape(shape)
    )
