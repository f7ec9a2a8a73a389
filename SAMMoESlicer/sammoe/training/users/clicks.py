"""Simulated users: the same rules for training, evaluation and benchmarks.

A user first clicks inside the object, then always in the largest error of the mask shown: a
foreground click where the object was missed, a background click where the mask is too large.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def first_clicks(
    masks: Tensor, generator: torch.Generator, *, at_click: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return a first foreground click for every object of a batch.

    Args:
        masks: (R, n, n, n) bool, none empty.
        generator: Decides how central each click is; of the device of `masks`.
        at_click: (R,) bool, objects whose click lies in the middle of the patch, because the
            patch was cut around it.

    Returns:
        Positions (R, 3) float, patch ijk, and labels (R,), all 1.
    """
    points = _pick(masks, generator)
    if at_click is not None and bool(at_click.any()):
        points = torch.where(at_click[:, None], _nearest_to_middle(masks), points)
    return points, torch.ones(len(masks), dtype=torch.long, device=masks.device)


def next_clicks(
    masks: Tensor, mask_logits: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return a corrective click for every object of a batch: quick, near the error's middle.

    Args:
        masks: (R, n, n, n) bool, the true objects.
        mask_logits: (R, 1, n, n, n) what is shown where it is above 0.
        generator: Decides how central each click is.

    Returns:
        Positions (R, 3) float, patch ijk, and labels (R,); a row without error is clicked inside.
    """
    shown = mask_logits[:, 0] > 0
    missed, extra = masks & ~shown, shown & ~masks
    missed_weight = _thickness(missed).amax(dim=(1, 2, 3)) * missed.sum((1, 2, 3)) ** 0.5
    extra_weight = _thickness(extra).amax(dim=(1, 2, 3)) * extra.sum((1, 2, 3)) ** 0.5
    is_missed = missed_weight >= extra_weight
    errors = torch.where(is_missed[:, None, None, None], missed, extra)
    errors = torch.where(errors.any(3).any(2).any(1)[:, None, None, None], errors, masks)
    return _pick(errors, generator), is_missed.long()


def jittered_boxes(masks: Tensor, generator: torch.Generator, *, jitter: float | Tensor) -> Tensor:
    """Return a roughly drawn box around every object, (R, 2, 3) patch ijk.

    Args:
        masks: (R, n, n, n) bool, none empty.
        generator: Decides the errors.
        jitter: Standard deviation of a face's error as a fraction of the box's side; one, or (R,)
            one an object.
    """
    low, high = [], []
    for axis in range(3):
        hit = masks.any(dim=tuple(a for a in (1, 2, 3) if a != axis + 1)).float()
        low.append(hit.argmax(dim=1).float())
        high.append(hit.shape[1] - 1 - hit.flip(1).argmax(dim=1).float())
    corners = torch.stack([torch.stack(low, 1), torch.stack(high, 1)], dim=1)
    side = (corners[:, 1] - corners[:, 0]).clamp(min=2.0)
    errors = torch.randn(corners.shape, generator=generator, device=masks.device)
    if isinstance(jitter, Tensor):
        jitter = jitter[:, None, None]
    corners = corners + errors * jitter * side[:, None]
    return torch.stack([corners.amin(dim=1) - 0.5, corners.amax(dim=1) + 0.5], dim=1)


def _thickness(regions: Tensor) -> Tensor:
    """Return how deep inside its region a voxel lies, about 0 to 1, shape as `regions`."""
    near = _mean3(regions.float())
    coarse = F.avg_pool3d(near[:, None], 4)[:, 0]
    far = _mean3(F.pad(coarse, (1,) * 6))[:, 1:-1, 1:-1, 1:-1]
    far = F.interpolate(far[:, None], scale_factor=4, mode="nearest")[:, 0]
    return (0.5 * near + 0.5 * far) * regions


def _mean3(values: Tensor) -> Tensor:
    """Average 3 x 3 x 3 neighbours of (R, d, h, w), one axis after the other; faces are kept."""
    for axis in (1, 2, 3):
        inner = values.shape[axis] - 2
        low, mid, high = (values.narrow(axis, start, inner) for start in range(3))
        middle = (low + mid + high) / 3
        ends = values.narrow(axis, 0, 1), values.narrow(axis, inner + 1, 1)
        values = torch.cat([ends[0] / 1.5, middle, ends[1] / 1.5], dim=axis)
    return values


def _pick(regions: Tensor, generator: torch.Generator) -> Tensor:
    """Choose a voxel of every region, mostly a deep one."""
    device = regions.device
    noise = torch.rand(regions.shape, generator=generator, device=device)
    spread = torch.rand(len(regions), generator=generator, device=device)
    spread = spread[:, None, None, None] ** 2
    score = _thickness(regions) * (1 - spread) + noise * (0.02 + 0.6 * spread)
    return _places(score.masked_fill(~regions, -1.0))


def _nearest_to_middle(regions: Tensor) -> Tensor:
    """Return each region's voxel (R, 3) nearest to the patch's middle."""
    away = [(torch.arange(n, device=regions.device) - n // 2) ** 2 for n in regions.shape[1:]]
    squared = away[0][:, None, None] + away[1][:, None] + away[2]
    return _places(torch.where(regions, -squared.float(), -torch.inf))


def _places(score: Tensor) -> Tensor:
    """Return where (R, 3) each row of scores (R, d, h, w) is highest."""
    best = score.flatten(1).argmax(dim=1)
    _, height, width = score.shape[1:]
    place = [best // (height * width), best // width % height, best % width]
    return torch.stack(place, dim=1).float()
