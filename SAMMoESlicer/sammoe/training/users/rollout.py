"""Play through what simulated users do in one batch: prompts, masks, and what is learned of them.

A training step's loss is that of the last mask of a fresh object, and of its first one now and
then; or of the last two masks of an object that has been worked on for a while.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...model.backbone import UNKNOWN_LOGIT
from ...model.extent import extent_loss, extent_targets
from ...prompts import FOREGROUND, PADDING
from ..objectives.losses import (
    EXTENT_WEIGHT,
    FALL_WEIGHT,
    dice_score,
    mask_loss,
    quality_loss,
    soft_dice,
)
from .clicks import first_clicks, jittered_boxes, next_clicks
from .curves import draw_curves
from .damage import damaged_masks, known_part
from .plans import BOX_BATCHES, Plan

BOX_SHARE = 0.36
BOX_ONLY_SHARE = 0.18
MOST_BOX_JITTER = 0.25
SURELY_OUTSIDE = -20.0
"""A logit that costs nothing where no object is."""


RowLoss = Callable[[Tensor, Tensor], Tensor]
"""Logits (R, 1, n, n, n) and masks (R, n, n, n) to losses (R,)."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a rollout gave: loss per row (R,), Dice per row after the last click, prompts, logits.

    The loss is 0 where no gradient is asked for. The logits (R, 1, n, n, n) are those after the
    last click, without gradient.
    """

    loss: Tensor
    dice: Tensor
    point_coords: Tensor
    point_labels: Tensor
    mask_logits: Tensor


def play(
    backbone: Any,
    decoder: nn.Module,
    image_embedding: Any,
    masks: Tensor,
    *,
    plan: Plan,
    generator: torch.Generator,
    beside: nn.Module | None = None,
    row_loss: RowLoss = mask_loss,
    bounds: Tensor | None = None,
    boxes: Tensor | None = None,
    at_click: Tensor | None = None,
    ignored: Tensor | None = None,
) -> Outcome:
    """Click through a plan; only what is learned keeps its gradient.

    Args:
        backbone: Both encoders, of any family.
        decoder: The decoder that answers.
        image_embedding: One row for each object.
        masks: (R, n, n, n) bool, the true objects.
        plan: What the users do.
        generator: Where they click; of the device of `masks`.
        beside: A decoder that draws as well, as the product averages the two; not where something
            is learned.
        row_loss: What is lowered, from logits (R, 1, n, n, n) and masks to (R,).
        bounds: (R, 2, 3) faces of the whole objects, patch ijk, NaN where they are not known:
            what a first click should tell of the extent; None: it is not taught.
        boxes: (R, 2, 3) what users who begin with a box alone drew, patch ijk.
        at_click: (R,) bool, the first click lies in the middle of the patch.
        ignored: (R, n, n, n) bool, where nobody annotated: whatever is drawn there is neither right
            nor wrong; None: nowhere.
    """
    start = _late_start if plan.late else _fresh_start
    coords, point_labels, box, earlier = start(masks, plan, generator, at_click)
    if plan.boxed:
        box, point_labels = boxes, torch.full_like(point_labels, PADDING)
    curves = None
    if plan.curves and backbone.takes_curves:
        curves = draw_curves(masks, earlier, generator)
    loss = torch.zeros(len(masks), device=masks.device)
    before = None if earlier is None else soft_dice(earlier, masks)
    for click in range(plan.clicks):
        last = click == plan.clicks - 1
        learn = last or (click == 0 and plan.learn_first)
        if last and plan.forget and click:
            earlier = None
        fed = earlier
        if fed is not None and plan.new_crop:
            fed = known_part(fed, masks, generator, share=plan.new_crop)
        with torch.set_grad_enabled(learn and torch.is_grad_enabled()):
            prompts = backbone.encode_prompts(
                image_embedding,
                point_coords=coords,
                point_labels=point_labels,
                box=box,
                mask_logits=fed_logits(backbone, fed, masks),
                curves=curves,
            )
            mask_logits, quality, decoded = answer(
                backbone, decoder, image_embedding, prompts, masks
            )
            if beside is not None and not learn:
                others, _, _ = answer(backbone, beside, image_embedding, prompts, masks)
                mask_logits = (mask_logits + others) / 2
            if ignored is not None:
                mask_logits = mask_logits.masked_fill(ignored[:, None], SURELY_OUTSIDE)
            if torch.is_grad_enabled():
                lowered = row_loss(mask_logits, masks)
                if quality is not None:
                    lowered = lowered + quality_loss(quality, mask_logits, masks)
                if decoded is not None and bounds is not None and click == 0 and not plan.late:
                    extent = backbone.extent(decoded, image_embedding, prompts)
                    lowered = lowered + extent_part(extent, coords, point_labels, bounds, masks)
                if before is not None and plan.late:
                    fallen = (before - soft_dice(mask_logits, masks)).clamp(min=0.0)
                    lowered = lowered + FALL_WEIGHT * fallen
                loss = loss + lowered
        shown = mask_logits.detach().float()
        if plan.one_way and earlier is not None:
            shown = _corrected(shown, earlier, point_labels[:, -1])
        earlier = shown
        if plan.late:
            before = soft_dice(earlier, masks)
        if not last:
            points, labels = next_clicks(masks, earlier, generator)
            coords = torch.cat([coords, points[:, None]], dim=1)
            point_labels = torch.cat([point_labels, labels[:, None]], dim=1)
    dice = dice_score(mask_logits, masks)
    return Outcome(loss, dice, coords, point_labels, mask_logits.detach().float())


def _corrected(answered: Tensor, earlier: Tensor, labels: Tensor) -> Tensor:
    """Return logits (R, 1, n, n, n) as the product lets the latest click (R,) change them."""
    adds = (labels == FOREGROUND)[:, None, None, None, None]
    return torch.where(adds, torch.maximum(answered, earlier), torch.minimum(answered, earlier))


Start = tuple[Tensor, Tensor, Tensor | None, Tensor | None]
"""Clicks (R, N, 3), their labels (R, N), boxes (R, 2, 3) and earlier logits (R, 1, n, n, n)."""


def _fresh_start(
    masks: Tensor, plan: Plan, generator: torch.Generator, at_click: Tensor | None
) -> Start:
    points, labels = first_clicks(masks, generator, at_click=at_click)
    point_labels = labels[:, None]
    box = None
    if plan.box:
        box, box_only = draw_boxes(masks, generator)
        point_labels = torch.where(box_only[:, None], PADDING, point_labels)
    return points[:, None], point_labels, box, None


def _late_start(
    masks: Tensor, plan: Plan, generator: torch.Generator, at_click: Tensor | None
) -> Start:
    """Return clicks that agree with the truth, a mask with local errors, and the next click."""
    earlier, (coords, labels) = damaged_masks(masks, generator, clicks=plan.late)
    points, label = next_clicks(masks, earlier, generator)
    coords = torch.cat([coords, points[:, None]], dim=1)
    return coords, torch.cat([labels, label[:, None]], dim=1), None, earlier


def extent_part(
    extent: Tensor, coords: Tensor, point_labels: Tensor, bounds: Tensor, masks: Tensor
) -> Tensor:
    """Return what is lowered of the six distances (R,), where there is a click and no box alone."""
    sides = torch.tensor(masks.shape[1:], device=masks.device)
    targets = extent_targets(coords[:, 0], bounds, sides)
    alone = (point_labels[:, 0] == 1)[:, None, None, None]
    return EXTENT_WEIGHT * extent_loss(extent, torch.where(alone, targets, torch.nan))


def fed_logits(backbone: Any, earlier: Tensor | None, masks: Tensor) -> Tensor | None:
    """Return earlier logits (R, 1, n, n, n) as the family takes them, (R, 1, d, d, d) or None."""
    size = backbone.logits_size * masks.shape[-1] // backbone.patch_size
    if earlier is None:
        if not backbone.starts_with_zero_logits:
            return None
        return torch.zeros(len(masks), 1, size, size, size, device=masks.device)
    if not backbone.takes_unknown_parts:
        earlier = earlier.nan_to_num(nan=UNKNOWN_LOGIT)
    return earlier if size == earlier.shape[-1] else F.adaptive_avg_pool3d(earlier, size)


def answer(
    backbone: Any, decoder: nn.Module, image_embedding: Any, prompts: Any, masks: Tensor
) -> tuple[Tensor, Tensor | None, Any]:
    """Return a decoder's logits at the patch's size (R, 1, n, n, n), its quality, all it said.

    A family that says no more than logits gives None for the other two.
    """
    if backbone.predicts_extent:
        decoded = decoder(image_embedding, prompts)
        return decoded.mask_logits, decoded.quality_logits, decoded
    coarse = backbone.decode(decoder, image_embedding, prompts)
    size = masks.shape[1:]
    logits = F.interpolate(coarse.float(), size=size, mode="trilinear", align_corners=False)
    return logits, None, None


def draw_boxes(masks: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return boxes (R, 2, 3), NaN for rows without one, and which rows have nothing but a box."""
    rows, device = len(masks), masks.device
    jitter = MOST_BOX_JITTER * torch.rand(rows, generator=generator, device=device)
    box = jittered_boxes(masks, generator, jitter=jitter)
    chance = torch.rand(2, rows, generator=generator, device=device)
    has_box = chance[0] < BOX_SHARE / BOX_BATCHES
    box_only = has_box & (chance[1] < BOX_ONLY_SHARE / BOX_SHARE)
    return torch.where(has_box[:, None, None], box, torch.nan), box_only


def rows_of(embedding: Any, rows: Tensor) -> Any:
    """Return the image embeddings of some images, repeats allowed, of any family."""
    if isinstance(embedding, Tensor):
        return embedding.index_select(0, rows)
    return embedding.select(rows)
