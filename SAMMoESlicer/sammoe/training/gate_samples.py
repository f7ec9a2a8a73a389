"""Prompts as the gate sees them, from any source of views and for any family."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ..bundle import Bundle
from ..errors import CheckpointError
from ..model.gate import pool_tokens
from ..model.sam_moe import SamMoE
from ..prompts import PADDING
from .gate_training import CLICK_SHARES, MOST_CLICKS, GateBank
from .precision import precision
from .rollout import Plan, fed_logits, play
from .views import ViewSource


def exact_user(clicks: int) -> Plan:
    """Return the plan of a user who only clicks."""
    return Plan(clicks=clicks, box=False, rough_mask=False, forget=False, learn_first=False)


@torch.no_grad()
def embed_views(
    model: SamMoE,
    source: ViewSource,
    *,
    samples: int,
    class_index: int,
    size: int,
    seed: int,
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
        on_sample: Called with the number done and of all.
    """
    rows = []
    for number in range(samples):
        rng = np.random.default_rng((seed, 41, class_index, number))
        rows.append(_embed_one(model, source, rng, class_index=class_index, size=size))
        if on_sample:
            on_sample(number + 1, samples)
    return GateBank.joined(rows)


def bank_state(bank: GateBank) -> dict[str, Tensor]:
    """Return a bank as a bundle stores it, a few kilobytes a sample."""
    return {
        "sparse": bank.sparse.half(),
        "tokens": pool_tokens(bank.tokens.float()).half(),
        "local": bank.local.half(),
        "point_labels": bank.point_labels.to(torch.int8),
        "classes": bank.classes.to(torch.int16),
    }


def bundle_bank(bundle: Bundle) -> GateBank | None:
    """Return the bank a bundle carries, or None.

    Raises:
        CheckpointError: It is not a bank for this bundle's experts.
    """
    state = bundle.gate_bank
    if state is None:
        return None
    missing = {"sparse", "tokens", "local", "point_labels", "classes"} - state.keys()
    if missing:
        raise CheckpointError(f"{bundle.path}: the gate's bank lacks {', '.join(sorted(missing))}")
    bank = GateBank(
        sparse=state["sparse"],
        tokens=state["tokens"],
        local=state["local"],
        point_labels=state["point_labels"].long(),
        classes=state["classes"].long(),
    )
    if len(bank.classes) and int(bank.classes.max()) > len(bundle.card.experts):
        raise CheckpointError(f"{bundle.path}: the gate's bank is of more experts than the bundle")
    return bank


def with_new_class(bank: GateBank, new_class: int) -> GateBank:
    """Return a bank in which 'general' and later classes make room for a new expert."""
    classes = torch.where(bank.classes >= new_class, bank.classes + 1, bank.classes)
    return GateBank(bank.sparse, bank.tokens, bank.local, bank.point_labels, classes)


def without_class(bank: GateBank, dropped: int) -> GateBank:
    """Return a bank without one class's samples; the others keep their numbers."""
    return bank.select(torch.nonzero(bank.classes != dropped).flatten())


def _embed_one(
    model: SamMoE, source: ViewSource, rng: np.random.Generator, *, class_index: int, size: int
) -> GateBank:
    backbone = model.family
    device = next(model.parameters()).device
    batch = source.sample(rng, views=1, objects=1, size=size)
    clicks = int(rng.choice(np.arange(1, MOST_CLICKS + 1), p=CLICK_SHARES))
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    masks = batch.masks.to(device)
    with precision(backbone, device):
        embedding = backbone.encode_image(batch.patches.to(device))
        outcome = play(
            backbone, model.general, embedding, masks, plan=exact_user(clicks), generator=generator
        )
        coords = F.pad(outcome.point_coords, (0, 0, 0, MOST_CLICKS - clicks))
        labels = F.pad(outcome.point_labels, (0, MOST_CLICKS - clicks), value=PADDING)
        prompts = backbone.encode_prompts(
            embedding,
            point_coords=coords,
            point_labels=labels,
            mask_logits=fed_logits(backbone, None, masks),
        )
        local = backbone.local_features(embedding, coords)
        tokens = backbone.image_tokens(embedding)
    return GateBank(
        sparse=prompts.sparse.half().cpu(),
        tokens=pool_tokens(tokens.float()).half().cpu(),
        local=local.half().cpu(),
        point_labels=labels.cpu(),
        classes=torch.tensor([class_index]),
    )
