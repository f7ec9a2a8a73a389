"""The labels a view shows: sampled in its frame, smoothly deformed, cut where a scan might end."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .atlas import OUTSIDE, Atlas
from .fields import smooth_field
from .framing import Frame
from .tissues import Tissue

CUT_SHARE = 0.15
COARSE_SHIFT, SMALL_SHIFT = 0.035, 0.008
"""Most spread of a deformation, as a part of the view's side."""


def crop_labels(
    atlas: Atlas,
    maps: NDArray[np.int64],
    frames: Sequence[Frame],
    size: int,
    rng: np.random.Generator,
    generator: torch.Generator,
) -> Tensor:
    """Return the labels (B, size, size, size) of frames, smoothly deformed."""
    device = atlas.device
    unit = (torch.arange(size, device=device) + 0.5) / size - 0.5
    grid = torch.stack(torch.meshgrid(unit, unit, unit, indexing="ij"), dim=-1)
    views = len(frames)
    like = grid.new_zeros(views, size, size, size)
    coarse, small = rng.uniform(0.0, COARSE_SHIFT, views), rng.uniform(0.0, SMALL_SHIFT, views)
    shift = torch.stack(
        [
            _column(coarse, device) * smooth_field(like, 4, generator)
            + _column(small, device) * smooth_field(like, 12, generator)
            for _ in range(3)
        ],
        dim=-1,
    )
    middle = grid.norm(dim=-1, keepdim=True).clamp(max=0.25) * 4.0
    places = grid + shift * middle
    turns = np.stack([frame.axes * frame.sides_mm for frame in frames])
    centres = np.stack([frame.centre_mm for frame in frames])
    turns_t = torch.as_tensor(turns, dtype=torch.float32, device=device)
    centres_t = torch.as_tensor(centres, dtype=torch.float32, device=device)
    positions = torch.einsum("bxyzj,bij->bxyzi", places, turns_t)
    positions = positions + centres_t[:, None, None, None]
    labels = atlas.lookup(torch.as_tensor(maps, device=device), positions)
    return _cut(labels, rng)


def _column(values: NDArray[np.float64], device: torch.device) -> Tensor:
    return torch.as_tensor(values, dtype=torch.float32, device=device)[:, None, None, None]


def _cut(labels: Tensor, rng: np.random.Generator) -> Tensor:
    """End the volume somewhere inside some of the views."""
    size = labels.shape[1]
    for view in np.flatnonzero(rng.random(len(labels)) < CUT_SHARE):
        axis = int(rng.integers(3))
        along = labels[view].movedim(axis, 0)
        along[: int(size * rng.uniform(0.0, 0.35))] = OUTSIDE
        if rng.random() < 0.6:
            along[size - int(size * rng.uniform(0.0, 0.35)) :] = OUTSIDE
    return labels


def scan_voxels(
    frames: Sequence[Frame],
    label_mm: NDArray[np.float64],
    size: int,
    rng: np.random.Generator,
    device: torch.device,
) -> Tensor:
    """Return a scan's voxels (B, 3) in voxels of the crop: slices are often thick.

    A scan is mostly no finer than the map's own voxels, so that close looks are as blurred as
    they are in a real scan.
    """
    voxels = []
    for frame, own_mm in zip(frames, label_mm, strict=True):
        scan_mm = np.full(3, np.exp(rng.uniform(np.log(0.6), np.log(3.2))))
        if rng.random() < 0.35:
            scan_mm[int(rng.choice(3, p=(0.15, 0.15, 0.7)))] *= rng.uniform(1.5, 6.0)
        finest_mm = np.abs(frame.axes.T) @ own_mm * rng.uniform(0.6, 1.1)
        voxels.append(np.maximum(scan_mm, finest_mm) / (frame.sides_mm / size))
    stacked = np.clip(np.stack(voxels), 1.0, size / 5)
    return torch.as_tensor(stacked, dtype=torch.float32, device=device)


def septa(labels: Tensor, tissues: Tensor) -> Tensor:
    """Say where (B, m, m, m) muscles touch other muscles."""
    muscle = tissues.gather(1, labels.clamp(min=0).flatten(1)).reshape(labels.shape)
    muscle = muscle == int(Tissue.MUSCLE)
    edge = torch.zeros_like(muscle)
    for axis in (1, 2, 3):
        length = labels.shape[axis] - 1
        here, there = labels.narrow(axis, 0, length), labels.narrow(axis, 1, length)
        touch = (here != there) & muscle.narrow(axis, 0, length) & muscle.narrow(axis, 1, length)
        edge.narrow(axis, 0, length).logical_or_(touch)
    return edge
