"""Simulated scribbles and lassos, as the maps a family takes them as."""

from itertools import pairwise

import torch
from torch import Tensor

from ..objectives.losses import grown
from .clicks import _pick

SCRIBBLE_SHARE, LASSO_SHARE = 0.45, 0.2
STEPS = 48
"""Places along a scribble."""


def draw_curves(masks: Tensor, mask_logits: Tensor | None, generator: torch.Generator) -> Tensor:
    """Return maps (R, 4, n, n, n) of scribbles and lassos; many rows have none.

    Scribbles run through what was missed, or through the object, and through what is wrongly
    shown; a lasso goes around the object in one slice.

    Args:
        masks: (R, n, n, n) bool, the true objects.
        mask_logits: (R, 1, n, n, n) what is shown, or None.
        generator: Decides everything; of the device of `masks`.
    """
    rows, device = len(masks), masks.device
    shown = torch.zeros_like(masks) if mask_logits is None else mask_logits[:, 0] > 0
    beside = grown(masks, 4)
    extra = (shown if mask_logits is not None else beside) & ~masks
    missed = masks & ~shown
    chance = torch.rand(4, rows, generator=generator, device=device)
    maps = [
        _scribbles(_or(missed, masks), generator) * _chosen(chance[0] < SCRIBBLE_SHARE),
        _scribbles(_or(extra, ~masks), generator)
        * _chosen((chance[1] < SCRIBBLE_SHARE / 2) & _any(extra)),
        _lassos(masks, generator) * _chosen(chance[2] < LASSO_SHARE),
        torch.zeros_like(masks, dtype=torch.float32),
    ]
    cut = _lassos(_or(extra, ~masks), generator) * (~masks).float()
    maps[3] = cut * _chosen((chance[3] < LASSO_SHARE / 2) & _any(extra))
    return torch.stack(maps, dim=1)


def _any(regions: Tensor) -> Tensor:
    found: Tensor = regions.any(3).any(2).any(1)
    return found


def _or(regions: Tensor, others: Tensor) -> Tensor:
    return torch.where(_any(regions)[:, None, None, None], regions, others)


def _chosen(rows: Tensor) -> Tensor:
    return rows.float()[:, None, None, None]


def _scribbles(regions: Tensor, generator: torch.Generator) -> Tensor:
    """Return thin strokes (R, n, n, n) through three places of each region, as far as inside."""
    places = [_pick(regions, generator) for _ in range(3)]
    t = torch.linspace(0.0, 1.0, STEPS, device=regions.device)[:, None]
    strokes = torch.cat(
        [a[:, None] * (1 - t) + b[:, None] * t for a, b in pairwise(places)],
        dim=1,
    )
    index = strokes.round().long()
    drawn = torch.zeros(regions.shape, device=regions.device)
    row = torch.arange(len(regions), device=regions.device)[:, None]
    drawn[row, index[..., 0], index[..., 1], index[..., 2]] = 1.0
    return drawn * regions


def _lassos(regions: Tensor, generator: torch.Generator) -> Tensor:
    """Return what a loose curve around each region holds in one slice across a random axis."""
    around = grown(regions, 1).float()
    place = _pick(regions, generator).long()
    axis = torch.randint(3, (len(regions),), generator=generator, device=regions.device)
    index = torch.arange(regions.shape[1], device=regions.device)
    held = torch.zeros_like(around)
    for number in range(3):
        shape = [len(regions), 1, 1, 1]
        shape[number + 1] = regions.shape[number + 1]
        slab = (index == place[:, number, None]).reshape(shape)
        held = torch.where((axis == number)[:, None, None, None], around * slab, held)
    return held
