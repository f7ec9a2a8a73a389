"""How wrong a guess is of what sort of structure every place of a patch, and every object, is."""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..view_batch import NO_TISSUE

RARE = 0.01
"""Sorts that fill less than this share of a batch count as if they filled as much."""
LEAST_PLACES = 4
"""Objects that cover fewer places of the grid are not judged as a whole."""
FEW_OBJECTS = 4
"""Sorts with fewer objects in a batch count as if they had as many."""
MOST_OBJECTS = 4096


def tissue_loss(logits: Tensor, tissue: Tensor) -> Tensor:
    """Return the cross-entropy at every place of a grid, rare sorts weighted up.

    Args:
        logits: (B, K, d, h, w) on a grid over patches.
        tissue: (B, n, n, n) uint8, the sort of every voxel of the patches, `NO_TISSUE` where there
            is none.
    """
    wanted = _on_grid(tissue, logits)
    counts = torch.bincount(wanted[wanted != NO_TISSUE], minlength=logits.shape[1]).float()
    weight = (counts / counts.sum().clamp(min=1)).clamp(min=RARE).rsqrt()
    surprise = F.cross_entropy(
        logits.float(), wanted, weight=weight, ignore_index=NO_TISSUE, reduction="sum"
    )
    return surprise / (weight * counts).sum().clamp(min=1)


def object_loss(logits: Tensor, tissue: Tensor, objects: Tensor) -> Tensor:
    """Return the cross-entropy of whole objects, every sort of them counting alike.

    An object's logits are the mean of its places', as the gate averages over what was drawn. Place
    by place, ribs and vessels are so few that a network does well without ever naming one; object
    by object it learns them from a fraction of the patches.

    Args:
        logits: (B, K, d, h, w) on a grid over patches.
        tissue: (B, n, n, n) uint8, the sort of every voxel, `NO_TISSUE` where there is none.
        objects: (B, n, n, n) which object every voxel belongs to.
    """
    sort = _on_grid(tissue, logits).flatten()
    image = torch.arange(len(logits), device=logits.device)[:, None, None, None]
    place = (_on_grid(objects, logits) + MOST_OBJECTS * image).flatten()
    count = torch.bincount(place, minlength=MOST_OBJECTS * len(logits))
    summed = logits.new_zeros(len(count), logits.shape[1], dtype=torch.float32)
    summed.index_add_(0, place, logits.float().movedim(1, -1).flatten(0, 3))
    sorts = torch.full_like(count, NO_TISSUE).index_put_((place,), sort)
    seen = (count >= LEAST_PLACES) & (sorts != NO_TISSUE)
    if not seen.any():
        return logits.sum() * 0.0
    per_sort = torch.bincount(sorts[seen], minlength=logits.shape[1])
    weight = 1.0 / per_sort.clamp(min=FEW_OBJECTS).float()
    return F.cross_entropy(summed[seen] / count[seen, None], sorts[seen], weight=weight)


def right_share(logits: Tensor, tissue: Tensor) -> Tensor:
    """Return the share of places, known ones, where the likeliest sort is right."""
    wanted = _on_grid(tissue, logits)
    return (logits.argmax(dim=1) == wanted)[wanted != NO_TISSUE].float().mean()


def _on_grid(tissue: Tensor, logits: Tensor) -> Tensor:
    step = tissue.shape[1] // logits.shape[2]
    middle = step // 2
    return tissue[:, middle::step, middle::step, middle::step].long()
