"""Hand-made maps that tell the decoder what the prompts mean in this image.

They need no training: distance to the clicks, how much a voxel looks like the clicked ones, and
whether a chain of such voxels joins it to a click (fuzzy connectedness).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

CLICK_SIGMA_VOXELS = 1.0
REACH_FRACTION = 1.0 / 6.0
NOISE_FLOOR = 0.05
COARSE_ITERATIONS = 8
FINE_ITERATIONS = 4
MAPS_PER_POLARITY = 3
LEAST, LEAST_POWER = 1e-34, -80.0


def click_maps(patch_half: Tensor, points_half: Tensor, point_labels: Tensor) -> Tensor:
    """Return the click maps of one object per row.

    Args:
        patch_half: (B, 1, d, h, w) patch averaged to half its size.
        points_half: (B, N, 3) clicks as positions of that grid.
        point_labels: (B, N) 1 foreground, 0 background, -1 padding.

    Returns:
        (B, 7, d, h, w) in [0, 1]: for foreground then background a narrow spot, a wide fall-off,
        and the similarity to the clicked voxels; last the connectedness to foreground clicks.
    """
    smooth = _mean_around(patch_half)
    squared = _squared_distances(points_half, tuple(patch_half.shape[2:]))
    likeness = _likeness(patch_half, smooth, points_half)
    maps = []
    for polarity in (1, 0):
        chosen = (point_labels == polarity)[:, :, None, None, None]
        nearest = squared.masked_fill(~chosen, 1e6).amin(dim=1, keepdim=True)
        reach = REACH_FRACTION * patch_half.shape[2]
        maps += [
            _exp(nearest * (-0.5 / CLICK_SIGMA_VOXELS**2)),
            _exp(nearest.sqrt() * (-1.0 / reach)),
            likeness.masked_fill(~chosen, 0.0).amax(dim=1, keepdim=True),
        ]
    seeds, alike, repelled = maps[0], maps[2], maps[3]
    affinity = torch.maximum(alike * (1.0 - repelled), seeds)
    return torch.cat([*maps, connectedness(affinity, seeds)], dim=1)


def connectedness(affinity: Tensor, seeds: Tensor) -> Tensor:
    """Return the best path's weakest link from the seeds to every voxel.

    First on a grid of half the size, which carries far, then refined.

    Args:
        affinity: (B, 1, d, h, w) in [0, 1], even sides.
        seeds: (B, 1, d, h, w) in [0, 1].
    """
    coarse_affinity = F.avg_pool3d(affinity, 2)
    reached = torch.minimum(F.max_pool3d(seeds, 2), coarse_affinity)
    for _ in range(COARSE_ITERATIONS):
        reached = torch.minimum(_dilate(reached), coarse_affinity)
    reached = F.interpolate(reached, scale_factor=2, mode="nearest")
    reached = torch.maximum(torch.minimum(reached, affinity), seeds)
    for _ in range(FINE_ITERATIONS):
        reached = torch.minimum(_dilate(reached), affinity)
    return reached


def sample_at(features: Tensor, positions: Tensor) -> Tensor:
    """Sample (B, C, d, h, w) trilinearly at grid positions (B, N, 3), clamped: (B, N, C)."""
    if positions.shape[1] == 0:
        return features.new_zeros(len(features), 0, features.shape[1])
    size = torch.tensor(features.shape[2:], device=positions.device, dtype=positions.dtype)
    fractions = ((positions + 0.5) * (2.0 / size) - 1.0).flip(-1)
    wide = features.float()  # in bfloat16 a CPU takes five times as long for this
    sampled = F.grid_sample(
        wide,
        fractions[:, :, None, None, :].to(wide.dtype),
        padding_mode="border",
        align_corners=False,
    )
    return sampled[:, :, :, 0, 0].transpose(1, 2).to(features.dtype)


def _squared_distances(points: Tensor, shape: tuple[int, ...]) -> Tensor:
    per_axis = [
        (torch.arange(n, device=points.device) - points[..., axis, None]) ** 2
        for axis, n in enumerate(shape)
    ]
    return (
        per_axis[0][:, :, :, None, None]
        + per_axis[1][:, :, None, :, None]
        + per_axis[2][:, :, None, None, :]
    )


def _likeness(patch_half: Tensor, smooth: Tensor, points: Tensor) -> Tensor:
    """Similarity (B, N, d, h, w) of smoothed intensities to those around every click."""
    mean = sample_at(smooth, points)
    spread = _mean_around((patch_half - smooth) ** 2)
    variance = sample_at(spread, points) + NOISE_FLOOR**2
    difference = smooth - mean[:, :, 0, None, None, None]
    return _exp(-0.5 * difference**2 / variance[:, :, 0, None, None, None])


def _exp(values: Tensor) -> Tensor:
    """Return e to powers of at most 0, and 0 where less than `LEAST` is left.

    Processors have a slow path for powers that leave next to nothing.
    """
    return F.threshold(torch.exp(values.clamp(min=LEAST_POWER)), LEAST, 0.0)


def _mean_around(values: Tensor) -> Tensor:
    """3 x 3 x 3 mean of what is inside, one axis after the other."""
    for axis in (2, 3, 4):
        length = values.shape[axis]
        low, high = values.narrow(axis, 0, length - 1), values.narrow(axis, 1, length - 1)
        total = values.clone()
        total.narrow(axis, 1, length - 1).add_(low)
        total.narrow(axis, 0, length - 1).add_(high)
        count = torch.full((length,), 3.0, device=values.device)
        count[[0, -1]] = 2.0
        values = total / count.view([-1 if n == axis else 1 for n in range(5)])
    return values


def _dilate(values: Tensor) -> Tensor:
    """3 x 3 x 3 maximum, one axis after the other."""
    for axis in (2, 3, 4):
        length = values.shape[axis]
        low = values.narrow(axis, 0, length - 1)
        high = values.narrow(axis, 1, length - 1)
        pairs = torch.maximum(low, high)
        inner = torch.maximum(pairs.narrow(axis, 0, length - 2), pairs.narrow(axis, 1, length - 2))
        values = torch.cat(
            [pairs.narrow(axis, 0, 1), inner, pairs.narrow(axis, length - 2, 1)], dim=axis
        )
    return values
