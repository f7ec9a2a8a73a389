"""Paint a batch of label crops on a device: what a scanner would have made of them."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .atlas import OUTSIDE
from .fields import smooth_field
from .palette import Palette

HOLLOW_CORE = (0.75, 0.97)
"""A hollow organ's content begins where so much of the surroundings is the organ."""
SEPTUM_SHARE = 0.6
"""Of CT views show the fat between muscles that touch."""


def paint(
    labels: Tensor,
    palettes: Sequence[Palette],
    *,
    scan_voxels: Tensor,
    septa: Tensor,
    rng: np.random.Generator,
    generator: torch.Generator,
) -> Tensor:
    """Return grey values (B, m, m, m) in [-1, 1].

    Args:
        labels: (B, m, m, m) int64, `OUTSIDE` beyond the volume.
        palettes: One a view.
        scan_voxels: (B, 3) size of a scan's voxels along each axis, in voxels of the crop.
        septa: (B, m, m, m) bool, where muscles touch; fat may show there.
        rng: Draws what is a number a view.
        generator: Draws fields, on the device of `labels`.
    """
    device = labels.device
    known = labels.clamp(min=0)

    def spread(values: list[np.ndarray]) -> Tensor:
        table = torch.as_tensor(np.stack(values), dtype=torch.float32, device=device)
        return table.gather(1, known.flatten(1)).reshape(labels.shape)

    def per_view(values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=device)[:, None, None, None]

    patch = spread([p.means for p in palettes])
    cells = int(rng.integers(4, 16))
    patch += spread([p.texture for p in palettes]) * smooth_field(labels, cells, generator)
    rim = spread([p.rim for p in palettes])
    patch += rim * (2.0 - 2.0 * _mean((rim != 0).float(), 5)).clamp(0.0, 1.0)
    fat = per_view([p.fat for p in palettes])
    shown = per_view([float(rng.random() < SEPTUM_SHARE) * rng.uniform(0.2, 0.8) for _ in palettes])
    patch = torch.where(septa, patch + (fat - patch) * shown, patch)
    patch = _filled(patch, spread([p.content[:, 0] for p in palettes]),
                    spread([p.content[:, 1] for p in palettes]), rng)  # fmt: skip
    outside = labels == OUTSIDE
    beyond = per_view([p.outside for p in palettes])
    patch = torch.where(outside, beyond, patch).clamp(-4.0, 4.0)
    noise = per_view([p.noise for p in palettes])
    speckle = per_view([p.speckle for p in palettes])
    patch = _scanned(patch, noise, speckle, scan_voxels, generator)
    bias = per_view([p.bias for p in palettes])
    patch = (patch + 1.0) * torch.exp(bias * smooth_field(labels, 2, generator)) - 1.0
    return torch.where(outside, beyond, patch).clamp(-1.0, 1.0)


def _mean(values: Tensor, window: int) -> Tensor:
    return F.avg_pool3d(
        values[:, None], window, stride=1, padding=window // 2, count_include_pad=False
    )[:, 0]


def _filled(patch: Tensor, gas: Tensor, fluid: Tensor, rng: np.random.Generator) -> Tensor:
    """Return the patch with the inside of hollow labels filled, gas in front of fluid."""
    hollow = gas.isfinite()
    if not bool(hollow.any()):
        return patch
    core = hollow & (_mean(hollow.float(), 3) > rng.uniform(*HOLLOW_CORE))
    depth = patch.shape[2]
    front = torch.arange(depth, device=patch.device)[None, None, :, None]
    levels = rng.uniform(0.2, 0.8, len(patch)) * depth
    level = torch.as_tensor(levels, dtype=torch.float32, device=patch.device)
    above = front > level[:, None, None, None]
    inside = torch.where(above, gas.nan_to_num(), fluid.nan_to_num()).float()
    return torch.where(core, inside, patch)


def _scanned(
    patch: Tensor, noise: Tensor, speckle: Tensor, voxels: Tensor, generator: torch.Generator
) -> Tensor:
    """Average over a scan's voxels, add their noise, and interpolate back to the patch."""
    down, up = scan_matrices(voxels, patch.shape[1])
    scanned = _along_axes(patch, down)
    grain = torch.randn(patch.shape, generator=generator, device=patch.device)
    chance = torch.rand(len(patch), 1, 1, 1, generator=generator, device=patch.device)
    grain = torch.where(chance < 0.5, 3.0 * _mean(grain, 3), grain)
    scanned = (scanned + 1.0) * (1.0 + speckle * grain.abs()) - 1.0
    return _along_axes(scanned + noise * grain, up)


def scan_matrices(voxels: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Return how a crop of `size`^3 is averaged to a scan's grid, and interpolated back.

    Args:
        voxels: (B, 3) the scan's voxel in voxels of the crop, at least 1.
        size: Voxels of the crop along each axis.

    Returns:
        Two tensors (B, 3, size, size): row p of the first averages over scan voxel p, row i of the
        second interpolates crop voxel i; scan voxels beyond the crop repeat the last.
    """
    index = torch.arange(size, device=voxels.device, dtype=torch.float32)
    step = voxels[..., None].clamp(min=1.0)
    count = (size / step).ceil()
    centres = (torch.minimum(index, count - 1) + 0.5) * step - 0.5
    low = (centres - step / 2)[..., None]
    high = (centres + step / 2)[..., None]
    covered = torch.minimum(high, index + 0.5) - torch.maximum(low, index - 0.5)
    down = covered.clamp(min=0.0)
    down = down / down.sum(dim=-1, keepdim=True).clamp(min=1e-6)
    place = ((index + 0.5) / step - 0.5).clamp(min=torch.zeros_like(count), max=count - 1)
    up = (1.0 - (place[..., None] - index).abs()).clamp(min=0.0)
    return down, up


def _along_axes(patch: Tensor, matrices: Tensor) -> Tensor:
    patch = torch.einsum("bpx,bxyz->bpyz", matrices[:, 0], patch)
    patch = torch.einsum("bqy,bpyz->bpqz", matrices[:, 1], patch)
    return torch.einsum("brz,bpqz->bpqr", matrices[:, 2], patch)
