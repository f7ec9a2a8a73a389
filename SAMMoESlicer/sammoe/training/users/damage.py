"""Masks as a user finds them after some work: the truth with local errors, or known in part."""

import torch
from torch import Tensor
from torch.nn import functional as F

from ..objectives.losses import grown
from .clicks import _pick

ERRORS = (1, 4)
SURE_LOGIT = (2.0, 7.0)


def damaged_masks(
    masks: Tensor, generator: torch.Generator, *, clicks: int
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Return logits of masks with one to four local errors, and clicks that agree with the truth.

    Args:
        masks: (R, n, n, n) bool, the true objects.
        generator: Decides everything; of the device of `masks`.
        clicks: How many clicks were made before.

    Returns:
        Logits (R, 1, n, n, n); positions (R, clicks, 3), patch ijk, and labels (R, clicks).
    """
    rows, size, device = len(masks), masks.shape[1], masks.device
    wrong = masks.clone()
    count = torch.randint(*ERRORS, (rows,), generator=generator, device=device)
    scale = (masks.flatten(1).sum(1).float() ** (1 / 3)).clamp(min=3.0)
    index = torch.arange(size, device=device)
    rim = _rim(masks)
    for number in range(ERRORS[1]):
        centre = _pick(rim, generator)
        radius = scale * (0.15 + 0.45 * torch.rand(rows, generator=generator, device=device))
        away = [(index - centre[:, axis, None]) ** 2 for axis in range(3)]
        squared = away[0][:, :, None, None] + away[1][:, None, :, None] + away[2][:, None, None]
        ball = squared < (radius**2)[:, None, None, None]
        added = (torch.rand(rows, generator=generator, device=device) < 0.5)[:, None, None, None]
        use = (number < count)[:, None, None, None]
        wrong = torch.where(use & ball, added, wrong)
    soft = F.avg_pool3d(wrong[:, None].float(), 3, stride=1, padding=1, count_include_pad=False)
    low, high = SURE_LOGIT
    sure = low + (high - low) * torch.rand(rows, 1, 1, 1, 1, generator=generator, device=device)
    return (soft - 0.45) * 2.0 * sure, _agreeing_clicks(masks, wrong, clicks, generator)


def _agreeing_clicks(
    masks: Tensor, shown: Tensor, clicks: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return clicks where the mask is right: in the object, or close around it."""
    inside = masks & shown
    inside = torch.where(inside.any(3).any(2).any(1)[:, None, None, None], inside, masks)
    beside = _rim(masks) & ~masks & ~shown
    has_beside = beside.any(3).any(2).any(1)
    points, labels = [_pick(inside, generator)], [torch.ones(len(masks), device=masks.device)]
    for _ in range(clicks - 1):
        chance = torch.rand(len(masks), generator=generator, device=masks.device)
        outside = (chance < 0.45) & has_beside
        points.append(_pick(torch.where(outside[:, None, None, None], beside, inside), generator))
        labels.append((~outside).float())
    return torch.stack(points, 1), torch.stack(labels, 1).long()


def _rim(masks: Tensor) -> Tensor:
    """Return what lies within about three voxels of an object's surface, on both sides."""
    return grown(masks, 3) & grown(~masks, 2)


def known_part(
    mask_logits: Tensor, masks: Tensor, generator: torch.Generator, *, share: float
) -> Tensor:
    """Return earlier logits as they come from another crop: in some rows NaN beyond a box.

    Args:
        mask_logits: (R, 1, n, n, n).
        masks: (R, n, n, n) bool, the true objects: the former crop held part of them at least.
        generator: Decides which rows and how much.
        share: Of rows.
    """
    rows, size, device = len(masks), masks.shape[1], masks.device
    chosen = torch.rand(rows, generator=generator, device=device) < share
    centre = _pick(masks, generator)
    half = size * (0.15 + 0.5 * torch.rand(rows, 3, generator=generator, device=device))
    index = torch.arange(size, device=device)
    inside = torch.ones_like(masks)
    for axis in range(3):
        near = (index - centre[:, axis, None]).abs() <= half[:, axis, None]
        shape = [rows, 1, 1, 1]
        shape[axis + 1] = size
        inside = inside & near.reshape(shape)
    unknown = chosen[:, None, None, None] & ~inside
    return mask_logits.masked_fill(unknown[:, None], torch.nan)
