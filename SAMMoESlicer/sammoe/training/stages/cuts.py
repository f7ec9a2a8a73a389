"""Where a compact decoder's logits are cut: set where simulated users get most.

How fat a mask is drawn depends on how the loss weighs an object's voxels and on how sure a model
is, which differs between one click, many and a box. The cuts are found on scenes of their own, one
after the other, because clicks correct what the cut before showed.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...model.compact.mask_decoder import BOX_ALONE, MORE, ONE_CLICK
from ...model.sam_moe import SamMoE
from ..loop.precision import precision
from ..loop.workshop import Workshop
from ..objectives.losses import dice_score
from ..users.box_alone import boxes_around, drawn_from_box
from ..users.plans import exact_user
from ..users.rollout import SURELY_OUTSIDE, Outcome, play, rows_of
from ..view_batch import ViewBatch, ViewSource

LEVELS = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
MANY_CLICKS = 5
MOST_JITTER = 0.1
OBJECTS = 3
VIEWS = 8
"""Patches the cuts of a decoder are set on, unless fewer objects are to be measured."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """What was found.

    Attributes:
        best: (3,) cuts for one click, for more, and for a box alone.
        dice: (3, levels) mean Dice with every level, NaN where it was not tried.
    """

    best: Tensor
    dice: Tensor


def set_cuts(
    workshop: Workshop, model: SamMoE, sources: Mapping[str, ViewSource], *, views: int = VIEWS
) -> dict[str, list[float]]:
    """Set the cuts of decoders, in place.

    Args:
        workshop: Shares the decoders among its processes and keeps what was found.
        model: With its experts.
        sources: Objects nothing was trained on, by the decoder's id; 'general' for the general
            one. A decoder of a family without cuts stays as it is.
        views: How many patches a decoder's cuts are set on.

    Returns:
        Each decoder's cuts for one click, for more and for a box alone, by id.
    """

    def finding(name: str) -> Callable[[], dict[str, Tensor]]:
        def find() -> dict[str, Tensor]:
            found = find_cuts(model, model.decoder(name), sources[name], views=views)
            return {"best": found.best, "dice": found.dice}

        return find

    names = [name for name in sources if hasattr(model.decoder(name), "cuts")]
    makes = {f"cuts-{name}": finding(name) for name in names}
    cuts: dict[str, list[float]] = {}
    for name, state in zip(names, workshop.all_kept(makes, what="setting cuts"), strict=True):
        model.decoder(name).cuts.copy_(state["best"])  # type: ignore[operator]
        cuts[name] = state["best"].tolist()
    return cuts


def cut_views(samples: int) -> int:
    """Return how many patches to set cuts on where no more objects are to be measured."""
    return min(VIEWS, math.ceil(samples / OBJECTS))


def without_cuts(decoder: nn.Module) -> nn.Module:
    """Return a decoder whose logits are cut at 0: it begins to learn, and is cut afterwards."""
    if hasattr(decoder, "cuts"):
        decoder.cuts.zero_()  # type: ignore[operator]
    return decoder


@torch.no_grad()
def find_cuts(
    model: SamMoE,
    decoder: nn.Module,
    source: ViewSource,
    *,
    views: int,
    levels: Sequence[float] = LEVELS,
    seed: int = 77,
) -> Cuts:
    """Return the cuts with which simulated users get the highest mean Dice.

    Args:
        model: The encoders.
        decoder: A compact one; its own cuts are as they were afterwards.
        source: Objects nothing was trained on.
        views: How many patches.
        levels: What is tried, in logits; after many clicks none below 0.
        seed: Decides views and clicks.
    """
    cuts = decoder.cuts
    assert isinstance(cuts, Tensor)
    before = cuts.clone()
    seen = [_seen(source, model, view, seed) for view in range(views)]
    best, tried = torch.zeros(len(before)), torch.full((len(before), len(levels)), torch.nan)
    for stage in (ONE_CLICK, MORE, BOX_ALONE):
        cuts.copy_(best)
        if stage == MORE:
            tried[stage] = _dice_after_clicks(model, decoder, seen, levels)
        else:
            tried[stage] = _dice_at_once(model, decoder, seen, levels, boxed=stage == BOX_ALONE)
        best[stage] = _best(tried[stage].tolist(), levels)
    cuts.copy_(before)
    return Cuts(best, tried)


def _best(dice: Sequence[float], levels: Sequence[float]) -> float:
    """Return the level of the highest Dice, of equal ones that nearest 0."""
    tried = [(d, -abs(level), level) for d, level in zip(dice, levels, strict=True) if d == d]
    return max(tried)[-1]


Seen = tuple[Any, ViewBatch]
"""An embedding with a row for each object, and the views it is of."""


def _seen(source: ViewSource, model: SamMoE, view: int, seed: int) -> Seen:
    device = next(model.parameters()).device
    rng = np.random.default_rng((seed, 47, view))
    batch = source.sample(rng, views=1, objects=OBJECTS, size=model.family.patch_size).to(device)
    with precision(model.family, device):
        embedding = model.encode_image(batch.patches, batch.context)
    return rows_of(embedding, batch.rows), batch


def _dice_at_once(
    model: SamMoE, decoder: Any, seen: Sequence[Seen], levels: Sequence[float], *, boxed: bool
) -> Tensor:
    """Return mean Dice (levels,) after one prompt, whose logits are the same for every level."""
    found = []
    for number, (embedding, batch) in enumerate(seen):
        if boxed:
            logits = _boxed(model, decoder, embedding, batch, seed=number)
        else:
            logits = _clicked(model, decoder, embedding, batch, clicks=1, seed=number).mask_logits
        dice = [dice_score(logits - level, batch.masks).mean() for level in levels]
        found.append(torch.stack(dice))
    return torch.stack(found).mean(dim=0)


def _dice_after_clicks(
    model: SamMoE, decoder: Any, seen: Sequence[Seen], levels: Sequence[float]
) -> Tensor:
    """Return mean Dice (levels,) after many clicks; where they go depends on the level."""
    found = torch.full((len(levels),), torch.nan)
    for n, level in enumerate(levels):
        if level < 0:
            continue
        decoder.cuts[MORE] = level
        dice = [
            _clicked(model, decoder, embedding, batch, clicks=MANY_CLICKS, seed=number).dice.mean()
            for number, (embedding, batch) in enumerate(seen)
        ]
        found[n] = torch.stack(dice).mean()
    return found


def _clicked(
    model: SamMoE, decoder: Any, embedding: Any, batch: ViewBatch, *, clicks: int, seed: int
) -> Outcome:
    device = batch.masks.device
    with precision(model.family, device):
        return play(
            model.family, decoder, embedding, batch.masks, plan=exact_user(clicks),
            generator=torch.Generator(device).manual_seed(seed),
            at_click=batch.at_click, ignored=batch.ignored,
        )  # fmt: skip


def _boxed(model: SamMoE, decoder: Any, embedding: Any, batch: ViewBatch, *, seed: int) -> Tensor:
    """Return the logits (R, 1, n, n, n) of what a box alone gives."""
    device = batch.masks.device
    generator = torch.Generator(device).manual_seed(seed)
    with precision(model.family, device):
        boxes = boxes_around(batch, generator, most_jitter=MOST_JITTER)
        logits = drawn_from_box(model.family, decoder, embedding, batch.masks, boxes)
    if batch.ignored is not None:
        logits = logits.masked_fill(batch.ignored[:, None], SURELY_OUTSIDE)
    return logits
