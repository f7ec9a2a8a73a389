"""How far an object reaches from a click: six distances as distributions over logarithmic bins.

A distance is measured from the click to a face of the object's box, as a part of the patch's side
along that axis. Two looks of different widths speak of the same millimetres, so that their
logarithms of probabilities can be added.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

BINS_PER_FACTOR = 6
FACTOR = 3.0
"""Six bins make a factor of three: a bin is 1.2 times as far as the one before."""
NEAREST = 1.0 / 64.0
BINS = 31
"""From 1/64 of the patch's side to 3.8 times as much."""


def extent_bins() -> NDArray[np.float64]:
    """Return the bins' middles (BINS,), parts of the patch's side."""
    return np.asarray(NEAREST * FACTOR ** (np.arange(BINS) / BINS_PER_FACTOR))


def extent_targets(points: Tensor, bounds: Tensor, sides: Tensor) -> Tensor:
    """Return what should be predicted, (R, 2, 3, BINS): each distance shared by its two bins.

    Args:
        points: (R, 3) the click, patch ijk.
        bounds: (R, 2, 3) low and high faces, patch ijk; NaN where they are not known.
        sides: (3,) voxels of the patch.
    """
    away = (bounds - points[:, None]).abs() / sides
    place = torch.log(away.clamp(min=NEAREST) / NEAREST) * (BINS_PER_FACTOR / math.log(FACTOR))
    place = place.clamp(0.0, BINS - 1.0)
    index = torch.arange(BINS, device=points.device)
    return (1.0 - (place[..., None] - index).abs()).clamp(min=0.0)


def extent_loss(extent_logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy (R,) over six distances; 0 where the targets are not known.

    Args:
        extent_logits: (R, 2, 3, BINS).
        targets: From `extent_targets`, NaN where they are not known.
    """
    known = targets.isfinite().flatten(1).all(dim=1)
    surprise = -(F.log_softmax(extent_logits.float(), dim=-1) * targets.nan_to_num()).sum(-1)
    return torch.where(known, surprise.mean(dim=(1, 2)), 0.0)


def guessed_distances_mm(
    looks: Sequence[tuple[NDArray, NDArray]], *, exceeded: float
) -> NDArray[np.float64]:
    """Return how far an object reaches, from one look or several.

    Args:
        looks: For every look its logits (2, 3, BINS) and the patch's sides (3,) in mm.
        exceeded: The chance that the object reaches farther; .5 gives the medians.

    Returns:
        Distances (2, 3) in mm towards the low and the high face along each patch axis.
    """
    widest = max(float(sides.max()) for _, sides in looks)
    narrowest = min(float(sides.min()) for _, sides in looks)
    step = math.log(FACTOR) / BINS_PER_FACTOR / 2
    low, high = math.log(NEAREST * narrowest), math.log(extent_bins()[-1] * widest)
    grid = np.arange(low, high + step, step)
    total = np.zeros((2, 3, len(grid)))
    for logits, sides in looks:
        chances = _log_softmax(np.asarray(logits, np.float64))
        for side in range(2):
            for axis in range(3):
                places = np.log(extent_bins() * sides[axis])
                total[side, axis] += np.interp(grid, places, chances[side, axis])
    cumulated = np.exp(_log_softmax(total)).cumsum(axis=-1)
    place = (cumulated < 1.0 - exceeded).sum(axis=-1).clip(max=len(grid) - 1)
    return np.asarray(np.exp(grid[place]))


def _log_softmax(values: NDArray) -> NDArray:
    shifted = values - values.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
