"""One prompted object from its first prompt to its last click, as training sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...prompts import PADDING
from ..objectives.losses import dice_score, mask_loss, quality_loss
from .clicks import first_clicks, jittered_boxes, next_clicks

MAX_CLICKS = 8
CLICK_SHARES = (0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.05)
BOX_SHARE = 0.42
BOX_ONLY_SHARE = 0.22
MOST_BOX_JITTER = 0.25
ROUGH_MASK_SHARE = 0.2
FORGET_MASK_SHARE = 0.1
FIRST_CLICK_SHARE = 0.35
SURELY_OUTSIDE = -20.0
"""A logit that costs nothing where no object is."""


RowLoss = Callable[[Tensor, Tensor], Tensor]
"""Logits (R, 1, n, n, n) and masks (R, n, n, n) to losses (R,)."""


@dataclass(frozen=True)
class Plan:
    """What the simulated users of one batch do.

    Attributes:
        clicks: How many clicks each makes.
        box: Whether some rows start from a box.
        rough_mask: Whether the first prompt comes with an earlier, rough mask.
        forget: Whether the earlier mask is withheld from the last click.
        learn_first: Whether the first click's mask is learned from as well as the last one's.
    """

    clicks: int
    box: bool
    rough_mask: bool
    forget: bool
    learn_first: bool


def draw_plan(rng: np.random.Generator) -> Plan:
    """Return a random plan."""
    clicks = int(rng.choice(np.arange(1, MAX_CLICKS + 1), p=CLICK_SHARES))
    return Plan(
        clicks=clicks,
        box=bool(rng.random() < 0.7),
        rough_mask=bool(rng.random() < ROUGH_MASK_SHARE),
        forget=bool(rng.random() < FORGET_MASK_SHARE),
        learn_first=bool(clicks > 1 and rng.random() < FIRST_CLICK_SHARE),
    )


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a rollout gave: loss per row (R,), Dice per row after the last click, prompts, logits.

    The logits (R, 1, n, n, n) are those after the last click, without gradient.
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
    row_loss: RowLoss = mask_loss,
    ignored: Tensor | None = None,
) -> Outcome:
    """Click through a plan; only the last (and perhaps the first) mask keeps its gradient.

    Args:
        backbone: Both encoders, of any family.
        decoder: The decoder that answers.
        image_embedding: One row for each object.
        masks: (R, n, n, n) bool, the true objects.
        plan: What the users do.
        generator: Where they click.
        row_loss: What is lowered, from logits (R, 1, n, n, n) and masks to (R,).
        ignored: (R, n, n, n) bool, where nobody annotated: whatever is drawn there is neither right
            nor wrong; None: nowhere.
    """
    points, labels = first_clicks(masks, generator)
    coords, point_labels = points[:, None], labels[:, None]
    box = None
    if plan.box:
        box, box_only = draw_boxes(masks, generator)
        point_labels = torch.where(box_only[:, None], PADDING, point_labels)
    earlier = rough_masks(masks, generator) if plan.rough_mask else None
    loss = torch.zeros(len(masks), device=masks.device)
    for click in range(plan.clicks):
        last = click == plan.clicks - 1
        learn = last or (click == 0 and plan.learn_first)
        if last and plan.forget and click:
            earlier = None
        with torch.set_grad_enabled(learn and torch.is_grad_enabled()):
            prompts = backbone.encode_prompts(
                image_embedding,
                point_coords=coords,
                point_labels=point_labels,
                box=box,
                mask_logits=fed_logits(backbone, earlier, masks),
            )
            mask_logits, quality = answer(backbone, decoder, image_embedding, prompts, masks)
            if ignored is not None:
                mask_logits = mask_logits.masked_fill(ignored[:, None], SURELY_OUTSIDE)
            if learn:
                lowered = row_loss(mask_logits, masks)
                if quality is not None:
                    lowered = lowered + quality_loss(quality, mask_logits, masks)
                loss = loss + lowered
        earlier = mask_logits.detach().float()
        if not last:
            points, labels = next_clicks(masks, earlier, generator)
            coords = torch.cat([coords, points[:, None]], dim=1)
            point_labels = torch.cat([point_labels, labels[:, None]], dim=1)
    dice = dice_score(mask_logits, masks)
    return Outcome(loss, dice, coords, point_labels, mask_logits.detach().float())


def fed_logits(backbone: Any, earlier: Tensor | None, masks: Tensor) -> Tensor | None:
    """Return earlier logits (R, 1, n, n, n) as the family takes them, (R, 1, d, d, d) or None."""
    size = backbone.low_res_size * masks.shape[-1] // backbone.patch_size
    if earlier is None:
        if not backbone.starts_with_zero_logits:
            return None
        return torch.zeros(len(masks), 1, size, size, size, device=masks.device)
    return earlier if size == earlier.shape[-1] else F.adaptive_avg_pool3d(earlier, size)


def answer(
    backbone: Any, decoder: nn.Module, image_embedding: Any, prompts: Any, masks: Tensor
) -> tuple[Tensor, Tensor | None]:
    """Return a decoder's logits at the patch's size (R, 1, n, n, n) and its quality logits (R,).

    A family that does not rate its masks gives None for the quality.
    """
    if hasattr(backbone, "decode_with_quality"):
        rated: tuple[Tensor, Tensor] = decoder(image_embedding, prompts)
        return rated
    low_res = backbone.decode(decoder, image_embedding, prompts)
    size = masks.shape[1:]
    return F.interpolate(low_res.float(), size=size, mode="trilinear", align_corners=False), None


def draw_boxes(masks: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return boxes (R, 2, 3), NaN for rows without one, and which rows have nothing but a box."""
    rows = len(masks)
    jitter = MOST_BOX_JITTER * float(torch.rand((), generator=generator))
    box = jittered_boxes(masks, generator, jitter=jitter)
    has_box = torch.rand(rows, generator=generator) < BOX_SHARE / 0.7
    box_only = has_box & (torch.rand(rows, generator=generator) < BOX_ONLY_SHARE / BOX_SHARE)
    has_box, box_only = has_box.to(masks.device), box_only.to(masks.device)
    return torch.where(has_box[:, None, None], box, torch.nan), box_only


def rough_masks(masks: Tensor, generator: torch.Generator) -> Tensor:
    """Return logits (R, 1, n, n, n) of masks that are shifted, blurred, and partly wrong."""
    n = masks.shape[1]
    shift = torch.randint(-n // 16, n // 16 + 1, (3,), generator=generator).tolist()
    moved = torch.roll(masks, shift, dims=(1, 2, 3))[:, None].float()
    coarse = F.avg_pool3d(moved, 4)
    noise = torch.randn(coarse.shape, generator=generator).to(masks.device)
    amplitude = 0.5 * torch.rand(len(masks), 1, 1, 1, 1, generator=generator).to(masks.device)
    rough = F.interpolate(
        coarse + amplitude * noise * (coarse > 0), size=masks.shape[1:], mode="trilinear"
    )
    return (rough - 0.4) * 10.0


def exact_user(clicks: int) -> Plan:
    """Return the plan of a user who only clicks."""
    return Plan(clicks=clicks, box=False, rough_mask=False, forget=False, learn_first=False)


def rows_of(embedding: Any, rows: Tensor) -> Any:
    """Return the image embeddings of some images, repeats allowed, of any family."""
    if isinstance(embedding, Tensor):
        return embedding.index_select(0, rows)
    return embedding.select(rows)
