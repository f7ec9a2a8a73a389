"""Where a compact decoder's logits are cut: set where simulated users get most.

How fat a mask is drawn depends on how the loss weighs an object's voxels and on how sure a model
is, which differs between a box alone, one click and many. The cuts are found on scenes of their
own, one after the other, because clicks correct what the cuts before showed; a box's by what it
gives at once and what the first corrections make of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..model.sam_moe import SamMoE
from .clicks import jittered_boxes, next_clicks
from .gate_samples import exact_user
from .losses import dice_score
from .objectives import rows_of
from .precision import precision
from .rollout import answer, fed_logits, play
from .views import ViewSource

LEVELS = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
BOX_ALONE, ONE_CLICK, MORE = range(3)
MANY_CLICKS = 5
CORRECTIONS = 2
"""Clicks after a box that its cut is judged by."""
BOX_JITTER = 0.08
OBJECTS = 3


@dataclass(frozen=True, eq=False)
class Cuts:
    """What was found.

    Attributes:
        best: (3,) cuts for a box alone, one click, and two and more.
        dice: (3, levels) mean Dice with every level, NaN where it was not tried.
    """

    best: Tensor
    dice: Tensor


@torch.no_grad()
def find_cuts(
    model: SamMoE,
    decoder: nn.Module,
    source: ViewSource,
    *,
    views: int,
    boxes: bool = True,
    levels: Sequence[float] = LEVELS,
    seed: int = 77,
) -> Cuts:
    """Return the cuts with which simulated users get the highest mean Dice.

    Args:
        model: The encoders.
        decoder: A compact one; its own cuts are as they were afterwards.
        source: Objects nothing was trained on.
        views: How many patches.
        boxes: The decoder was trained on boxes; otherwise a box alone keeps a cut of 0.
        levels: What is tried, in logits; after many clicks none below 0.
        seed: Decides views and clicks.
    """
    cuts = decoder.cuts
    assert isinstance(cuts, Tensor)
    before = cuts.clone()
    seen = [_seen(source, model, decoder, view, seed) for view in range(views)]
    best, tried = torch.zeros(len(before)), torch.full((len(before), len(levels)), torch.nan)
    for stage in (ONE_CLICK, MORE, BOX_ALONE):
        if stage == BOX_ALONE and not boxes:
            continue
        cuts.copy_(best)
        for n, level in enumerate(levels):
            if stage == MORE and level < 0:
                continue
            tried[stage, n] = _mean_dice(model, decoder, seen, stage, level)
        best[stage] = _best(tried[stage].tolist(), levels)
    cuts.copy_(before)
    return Cuts(best, tried)


def _best(dice: Sequence[float], levels: Sequence[float]) -> float:
    """Return the level of the highest Dice, of equal ones that nearest 0."""
    tried = [(d, -abs(level), level) for d, level in zip(dice, levels, strict=True) if d == d]
    return max(tried)[-1]


Seen = tuple[Any, Tensor]
"""An embedding with a row for each object, and the true masks."""


def _seen(source: ViewSource, model: SamMoE, decoder: nn.Module, view: int, seed: int) -> Seen:
    device = next(decoder.parameters()).device
    rng = np.random.default_rng((seed, 47, view))
    batch = source.sample(rng, views=1, objects=OBJECTS, size=model.family.patch_size)
    with precision(model.family, device):
        embedding = model.encode_image(batch.patches.to(device))
    return rows_of(embedding, batch.rows.to(device)), batch.masks.to(device)


def _mean_dice(
    model: SamMoE, decoder: Any, seen: Sequence[Seen], stage: int, level: float
) -> float:
    """Return mean Dice over all objects with a level as the cut of a stage."""
    decoder.cuts[stage] = level
    found = []
    for number, (embedding, masks) in enumerate(seen):
        generator = torch.Generator().manual_seed(number)
        with precision(model.family, masks.device):
            if stage == BOX_ALONE:
                found += [
                    _after_box(model, decoder, rows_of(embedding, row), masks[row], generator)
                    for row in torch.arange(len(masks), device=masks.device).split(1)
                ]
                continue
            plan = exact_user(1 if stage == ONE_CLICK else MANY_CLICKS)
            played = play(model.family, decoder, embedding, masks, plan=plan, generator=generator)
        found.append(played.dice.mean())
    return float(torch.stack(found).mean())


def _after_box(
    model: SamMoE, decoder: Any, embedding: Any, masks: Tensor, generator: torch.Generator
) -> Tensor:
    """Return Dice of a box alone and after some corrections, averaged, for one object."""
    box = jittered_boxes(masks, generator, jitter=BOX_JITTER)
    coords = masks.new_zeros(1, 0, 3, dtype=torch.float32)
    labels = masks.new_zeros(1, 0, dtype=torch.long)
    earlier, dice = fed_logits(model.family, None, masks), []
    for click in range(CORRECTIONS + 1):
        prompts = model.family.encode_prompts(
            embedding, point_coords=coords, point_labels=labels, box=box, mask_logits=earlier
        )
        logits, _ = answer(model.family, decoder, embedding, prompts, masks)
        earlier = logits.float()
        if click in (0, CORRECTIONS):
            dice.append(dice_score(earlier, masks))
        point, label = next_clicks(masks, earlier, generator)
        coords = torch.cat([coords, point[:, None].float()], dim=1)
        labels = torch.cat([labels, label[:, None]], dim=1)
    return torch.stack(dice).mean()
