"""Prompts beside the objects of labelled scans: what no expert of these objects should answer.

Where only one task has real scans, a gate learns that 'real' means that task, unless it also sees
other places of the same scans.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ...bundle import InputCard
from ..view_batch import ViewBatch
from .prepare import CachedObject
from .scan_views import ScanViews

LEAST_PART, MOST_PART = 0.06, 0.22
"""Radius of a place, over the patch's side."""
AIR = -0.98
"""A place's middle is brighter: nobody segments what lies below the window."""
NOBODYS = -1
"""The sort of these places."""


class BesideViews:
    """Round places of scans, outside their labelled objects, as the product would show them.

    Args:
        objects: Resampled objects.
        card: How the bundle's patches are made.
    """

    def __init__(self, objects: Sequence[CachedObject], card: InputCard) -> None:
        self._views = ScanViews(objects, card, as_shown=True)

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return the views of objects with places beside them in the objects' stead."""
        batch = self._views.sample(rng, views=views, objects=objects, size=size)
        places = [
            _place(batch.patches[view, 0], mask, rng)
            for view, mask in zip(batch.rows.tolist(), batch.masks, strict=True)
        ]
        return replace(
            batch,
            masks=torch.stack(places),
            kinds=np.full(len(places), NOBODYS),
            bounds=None,
            at_click=torch.zeros(len(places), dtype=torch.bool),
        )


def _place(patch: Tensor, mask: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a ball (n, n, n) in what is seen, without what is labelled."""
    side = patch.shape[0]
    index = torch.arange(side)
    free = (patch > AIR) & ~mask
    if not free.any():
        free = ~mask if not mask.all() else torch.ones_like(mask)
    candidates = torch.nonzero(free)
    centre = candidates[int(rng.integers(len(candidates)))]
    radius = side * rng.uniform(LEAST_PART, MOST_PART)
    away = [(index - centre[axis]) ** 2 for axis in range(3)]
    squared = away[0][:, None, None] + away[1][:, None] + away[2]
    return (squared <= radius**2) & free
