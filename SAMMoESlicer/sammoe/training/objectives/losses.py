"""What a mask decoder is trained to lower."""

from functools import cache
from typing import Any

from torch import Tensor
from torch.nn import functional as F

BCE_WEIGHT = 2.0
FOREGROUND_WEIGHT = 0.05
QUALITY_WEIGHT = 0.3


def mask_loss(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return Dice + 2 BCE + 0.05 BCE over the object, for every row.

    The extra term over the object keeps small objects from vanishing; a BCE normalised by size
    collapses to empty masks.

    Args:
        mask_logits: (R, 1, d, h, w).
        masks: (R, d, h, w) bool.

    Returns:
        (R,) losses.
    """
    logits, target = mask_logits[:, 0].float().flatten(1), masks.flatten(1).float()
    chance = logits.sigmoid()
    overlap = (chance * target).sum(1)
    dice = 1 - (2 * overlap + 1) / (chance.sum(1) + target.sum(1) + 1)
    bce = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    on_object = (bce * target).sum(1) / target.sum(1).clamp(min=1)
    return dice + BCE_WEIGHT * bce.mean(1) + FOREGROUND_WEIGHT * on_object


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


def dice_and_cross_entropy(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return MONAI's Dice loss plus cross-entropy for every row.

    Args:
        mask_logits: (R, 1, d, h, w).
        masks: (R, d, h, w) bool.

    Returns:
        (R,) losses.
    """
    logits, target = mask_logits.float(), masks[:, None].float()
    overlap: Tensor = _dice_loss()(logits, target).flatten(1).mean(1)
    surprise = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return overlap + surprise.flatten(1).mean(1)


@cache
def _dice_loss() -> Any:
    from monai.losses import DiceLoss

    return DiceLoss(sigmoid=True, reduction="none")
