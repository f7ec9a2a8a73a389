"""What teaches a compact model's encoders what things are: the sort of every place of a patch.

Clicks alone teach them where an object ends. Label maps say of every voxel what it is, at no cost,
and the gate lives on knowing it.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .synthetic.appearance import OUTSIDE

GRID = 4
"""Patch voxels along a side of the head's grid."""
RARE = 0.01
"""Sorts that fill less than this share of a batch count as if they filled as much."""


def tissue_loss(backbone: Any, image_embedding: Any, tissue: Tensor) -> Tensor:
    """Return the cross-entropy at every place of the head's grid, rare sorts weighted up.

    Args:
        backbone: With a `tissue_head`.
        image_embedding: Of B patches.
        tissue: (B, n, n, n) uint8, the sort of every voxel, `OUTSIDE` where there is none.
    """
    middle = GRID // 2
    wanted = tissue[:, middle::GRID, middle::GRID, middle::GRID].long()
    logits = backbone.tissue_head(*image_embedding).float()
    counts = torch.bincount(wanted[wanted != OUTSIDE], minlength=logits.shape[1]).float()
    weight = (counts / counts.sum().clamp(min=1)).clamp(min=RARE).rsqrt()
    surprise = F.cross_entropy(logits, wanted, weight=weight, ignore_index=OUTSIDE, reduction="sum")
    return surprise / (weight * counts).sum().clamp(min=1)
