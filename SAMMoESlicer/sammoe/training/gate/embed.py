"""Prompts as the gate sees them, from any source of views and for any family."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ...model.gate import pool_tokens
from ...model.sam_moe import SamMoE
from ...prompts import PADDING
from ..loop.precision import precision
from ..users.box_alone import boxes_around, drawn_from_box
from ..users.plans import exact_user
from ..users.rollout import fed_logits, play, rows_of
from ..view_batch import ViewBatch, ViewSource
from .bank import GateBank

MOST_CLICKS = 3
CLICK_SHARES = (0.6, 0.25, 0.15)
OBJECTS = 2
"""Prompts embedded of one view."""
BOX_ONLY_SHARE = 0.5
"""How often the first prompt is a box and nothing else, in views that are fitted to an object; it
always is in those that lie around a box, and never in a first look."""
MOST_JITTER = 0.2


@torch.no_grad()
def embed_views(
    model: SamMoE,
    source: ViewSource,
    *,
    samples: int,
    class_index: int,
    size: int,
    seed: int,
    boxes: bool = True,
    first: int = 0,
    on_sample: Callable[[int, int], None] | None = None,
) -> GateBank:
    """Return embedded prompts of one class, as the product would ask the gate.

    Args:
        model: Its general decoder is what the simulated users correct.
        source: Gives the class's objects.
        samples: How many.
        class_index: Index of the expert among the gate's columns, m for 'general'.
        size: Patch voxels along each axis.
        seed: Decides views and clicks.
        boxes: Some prompts are a box; not for weights that were never trained on boxes.
        first: Number of the first sample; the same number always gives the same one.
        on_sample: Called with the number done and of all.
    """
    parts = []
    for done in range(0, samples, OBJECTS):
        rng = np.random.default_rng((seed, 41, class_index, first + done))
        batch = source.sample(rng, views=1, objects=OBJECTS, size=size)
        parts.append(_embedded(model, batch, rng, class_index=class_index, boxes=boxes))
        if on_sample:
            on_sample(min(done + OBJECTS, samples), samples)
    return GateBank.joined(parts).select(torch.arange(samples))


def _embedded(
    model: SamMoE, batch: ViewBatch, rng: np.random.Generator, *, class_index: int, boxes: bool
) -> GateBank:
    """Return the prompts of a batch's objects, as the gate is asked of them.

    At a first look it is asked with one click; in a view around a box with that box alone; in a
    fitted view with a box alone, or with one, two or three clicks, when a user asks again.
    """
    backbone = model.family
    device = next(model.parameters()).device
    generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
    batch = batch.to(device)
    masks = batch.masks
    with precision(backbone, device):
        embedding = rows_of(backbone.encode_image(batch.patches, batch.context), batch.rows)
        first_look = batch.at_click is not None and bool(batch.at_click.any())
        box_alone = boxes and not first_look and rng.random() < BOX_ONLY_SHARE
        if box_alone or (boxes and batch.boxes is not None):
            coords = torch.zeros(len(masks), 0, 3, device=device)
            labels = torch.zeros(len(masks), 0, dtype=torch.long, device=device)
            drawn_boxes = boxes_around(batch, generator, most_jitter=MOST_JITTER)
            logits = drawn_from_box(backbone, model.general, embedding, masks, drawn_boxes)
        else:
            clicks = 1
            if not first_look:
                clicks = int(rng.choice(np.arange(1, MOST_CLICKS + 1), p=CLICK_SHARES))
            coords, labels, logits = _draw_clicked(model, embedding, batch, clicks, generator)
        missing = MOST_CLICKS - coords.shape[1]
        coords = F.pad(coords, (0, 0, 0, missing))
        labels = F.pad(labels, (0, missing), value=PADDING)
        drawn = fed_logits(backbone, logits, masks)
        assert drawn is not None
        sparse, tokens, local, labels = model.gate_inputs(
            embedding, drawn, point_coords=coords, point_labels=labels
        )
    return GateBank(
        sparse=sparse.half().cpu(),
        tokens=pool_tokens(tokens.float()).half().cpu(),
        local=local.half().cpu(),
        point_labels=labels.cpu(),
        classes=torch.full((len(masks),), class_index),
    )


Drawn = tuple[Tensor, Tensor, Tensor]
"""Clicks (R, N, 3), their labels (R, N), and what the general decoder drew (R, 1, n, n, n)."""


def _draw_clicked(
    model: SamMoE, embedding: Any, batch: ViewBatch, clicks: int, generator: torch.Generator
) -> Drawn:
    outcome = play(
        model.family, model.general, embedding, batch.masks,
        plan=exact_user(clicks), generator=generator, at_click=batch.at_click,
        ignored=batch.ignored,
    )  # fmt: skip
    return outcome.point_coords, outcome.point_labels, outcome.mask_logits
