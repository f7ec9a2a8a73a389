"""How wrong a guess is of what sort of structure every place of a patch is."""

import torch
from torch import Tensor
from torch.nn import functional as F

from .synthetic.appearance import OUTSIDE

RARE = 0.01
"""Sorts that fill less than this share of a batch count as if they filled as much."""


def tissue_loss(logits: Tensor, tissue: Tensor) -> Tensor:
    """Return the cross-entropy at every place of a grid, rare sorts weighted up.

    Args:
        logits: (B, K, d, h, w) on a grid over patches.
        tissue: (B, n, n, n) uint8, the sort of every voxel of the patches, `OUTSIDE` where there
            is none.
    """
    wanted = _on_grid(tissue, logits)
    counts = torch.bincount(wanted[wanted != OUTSIDE], minlength=logits.shape[1]).float()
    weight = (counts / counts.sum().clamp(min=1)).clamp(min=RARE).rsqrt()
    surprise = F.cross_entropy(
        logits.float(), wanted, weight=weight, ignore_index=OUTSIDE, reduction="sum"
    )
    return surprise / (weight * counts).sum().clamp(min=1)


def right_share(logits: Tensor, tissue: Tensor) -> Tensor:
    """Return the share of places, known ones, where the likeliest sort is right."""
    wanted = _on_grid(tissue, logits)
    return (logits.argmax(dim=1) == wanted)[wanted != OUTSIDE].float().mean()


def _on_grid(tissue: Tensor, logits: Tensor) -> Tensor:
    step = tissue.shape[1] // logits.shape[2]
    middle = step // 2
    return tissue[:, middle::step, middle::step, middle::step].long()
