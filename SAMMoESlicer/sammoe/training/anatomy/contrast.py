"""Make what is asked for differ from its surroundings: lesions a little, some targets hardly."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from .asked import Asked
from .atlas import LESIONS
from .palette import Palette

FAINT_SHARE = 0.15
LESION_CONTRAST = (0.06, 0.7)
"""Of a lesion against its host, as a part of half the range of grey values."""
FAINT_NOISES = (0.6, 2.0)
"""Contrast of a faint target, in spreads of the noise."""


def dress_lesions(
    means: NDArray[np.float64], hosts: Sequence[int], rng: np.random.Generator
) -> None:
    """Give lesions grey values that differ from their host's, often only a little."""
    for number, host in enumerate(hosts):
        if host < 0:
            continue
        contrast = np.exp(rng.uniform(*np.log(LESION_CONTRAST))) * rng.choice([-1.0, 1.0])
        means[len(means) - LESIONS + number] = np.clip(means[host], -1.0, 1.0) + contrast


def fade(
    palettes: Sequence[Palette], labels: Tensor, asked: Asked, rng: np.random.Generator
) -> None:
    """Make some views' own target hardly differ from what surrounds it most.

    Args:
        palettes: One a view; changed in place.
        labels: (B, m, m, m) int64, below 0 beyond the volume.
        asked: What is asked for.
        rng: Decides which and how little.
    """
    faint = rng.random(len(palettes)) < FAINT_SHARE
    for row in torch.nonzero(asked.is_target).flatten().tolist():
        view = int(asked.rows[row])
        if not faint[view]:
            continue
        mask, shown = asked.masks[row], labels[view]
        ring = F.max_pool3d(mask[None, None].float(), 3, stride=1, padding=1)[0, 0] > 0
        around = shown[ring & ~mask & (shown >= 0)]
        if len(around) == 0:
            continue
        beside = int(around.bincount().argmax())
        own = torch.unique(shown[mask]).tolist()
        palette = palettes[view]
        contrast = max(palette.noise * rng.uniform(*FAINT_NOISES), 0.04) * rng.choice([-1.0, 1.0])
        palette.means[own] = np.clip(palette.means[beside], -0.95, 0.95) + contrast
        palette.rim[own] = 0.0
        palette.content[own] = np.nan
