"""What a mask decoder is trained to lower."""

from functools import cache
from typing import Any

from torch import Tensor
from torch.nn import functional as F

BCE_WEIGHT = 2.0
FOREGROUND_WEIGHT = 0.05
QUALITY_WEIGHT = 0.3
EXTENT_WEIGHT = 0.15
FALL_WEIGHT = 1.0
BOUNDARY_WEIGHT = 4.0
"""Of a voxel within 1.5 voxels of an object's surface, against any other."""


def mask_loss(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return Dice + 2 BCE + 0.05 BCE over the object, for every row.

    Voxels at the surface count four times: two thirds of what is wrong after some clicks lies
    there. The extra term over the object keeps small objects from vanishing; a BCE normalised by
    size collapses to empty masks.

    Args:
        mask_logits: (R, 1, d, h, w).
        masks: (R, d, h, w) bool.

    Returns:
        (R,) losses.
    """
    logits, target = mask_logits[:, 0].float().flatten(1), masks.flatten(1).float()
    bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = 1.0 + (BOUNDARY_WEIGHT - 1.0) * boundary(masks).flatten(1)
    on_object = (bce * target).sum(1) / target.sum(1).clamp(min=1)
    weighted = (bce * weight).mean(1)
    return 1 - soft_dice(mask_logits, masks) + BCE_WEIGHT * weighted + FOREGROUND_WEIGHT * on_object


def soft_dice(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return Dice (R,) of probabilities, a voxel added on both sides."""
    loss: Tensor = _dice_loss()(mask_logits.float(), masks[:, None].float())
    return 1.0 - loss.flatten()


def boundary(masks: Tensor) -> Tensor:
    """Return 1 for voxels on both sides of an object's surface, else 0; (R, d, h, w)."""
    return (grown(masks, 1) & grown(~masks, 1)).float()


def grown(masks: Tensor, voxels: int) -> Tensor:
    """Return masks (R, d, h, w) with some voxels more on each side, axis by axis."""
    values = masks[:, None].float()
    for axis in range(3):
        window = [2 * voxels + 1 if a == axis else 1 for a in range(3)]
        padding = [voxels if a == axis else 0 for a in range(3)]
        values = F.max_pool3d(values, window, stride=1, padding=padding)
    return values[:, 0] > 0


def quality_loss(quality_logits: Tensor, mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return how wrong the predicted intersection over union (R,) is, for every row."""
    target = intersection_over_union(mask_logits.detach(), masks)
    return QUALITY_WEIGHT * F.binary_cross_entropy_with_logits(
        quality_logits.float(), target, reduction="none"
    )


def intersection_over_union(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return the overlap of logits (R, 1, d, h, w) above 0 with masks (R, d, h, w), (R,)."""
    shown, target = (mask_logits[:, 0] > 0).flatten(1), masks.flatten(1)
    union = (shown | target).sum(1).clamp(min=1)
    return (shown & target).sum(1) / union


def dice_score(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return Dice of logits (R, 1, d, h, w) above 0 against masks (R, d, h, w), (R,)."""
    shown, target = (mask_logits[:, 0] > 0).flatten(1), masks.flatten(1)
    return 2 * (shown & target).sum(1) / (shown.sum(1) + target.sum(1)).clamp(min=1)


@cache
def _dice_loss() -> Any:
    from monai.losses import DiceLoss

    return DiceLoss(sigmoid=True, smooth_nr=1.0, smooth_dr=1.0, reduction="none")
