"""Mean Dice of decoders, and of the mixture the gate decides on, over the same objects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ...model.sam_moe import SamMoE
from ...model.selector import Selection, select
from ...options import GENERAL
from ..loop.precision import precision
from ..objectives.fused_decoder import FusedDecoder
from ..users.clicks import first_clicks
from ..users.plans import exact_user
from ..users.rollout import fed_logits, play, rows_of
from ..view_batch import ViewBatch, ViewSource

MIXTURE = "mixture"
"""The name of the mixture beside the decoders' ids."""


@dataclass(frozen=True)
class Measured:
    """Dice over some objects.

    Attributes:
        dice: Mean Dice after the last click, by decoder id, 'general' or 'mixture'.
        routed: Share of first prompts the gate sent to each expert id, and to 'general'; 0
            everywhere where the mixture was not asked.
    """

    dice: dict[str, float]
    routed: dict[str, float]


@torch.no_grad()
def measure(
    model: SamMoE,
    tau: Sequence[float],
    source: ViewSource,
    *,
    decoders: Sequence[str] = (GENERAL, MIXTURE),
    samples: int = 40,
    clicks: int = 5,
    size: int = 64,
    seed: int = 99,
) -> Measured:
    """Click through objects with several decoders; every decoder sees the same ones.

    Args:
        model: The model with its gate.
        tau: One threshold an expert; none where the mixture is not asked.
        source: Gives the objects, best ones that were not trained on.
        decoders: Expert ids, 'general', 'mixture'.
        samples: How many objects.
        clicks: After how many clicks Dice is taken.
        size: Patch voxels along each axis.
        seed: The same seed gives the same objects and users.
    """
    device = next(model.parameters()).device
    found: dict[str, list[float]] = {name: [] for name in decoders}
    routed = dict.fromkeys((*model.expert_ids, GENERAL), 0)
    for number in range(samples):
        rng = np.random.default_rng((seed, 37, number))
        batch = source.sample(rng, views=1, objects=1, size=size).to(device)
        with precision(model.family, device):
            embedding = rows_of(model.encode_image(batch.patches, batch.context), batch.rows)
            selection = None
            if MIXTURE in decoders:
                selection = _first_decision(model, tau, embedding, batch, number)
                chosen = selection.expert
                routed[GENERAL if chosen is None else model.expert_ids[chosen]] += 1
            for name in decoders:
                decoder = _decoder(model, name, selection, device)
                outcome = play(
                    model.family,
                    decoder,
                    embedding,
                    batch.masks,
                    plan=exact_user(clicks),
                    generator=torch.Generator(device).manual_seed(number),
                    at_click=batch.at_click,
                    ignored=batch.ignored,
                )
                found[name].append(float(outcome.dice.mean()))
    return Measured(
        {name: float(np.mean(values)) for name, values in found.items()},
        {name: count / samples for name, count in routed.items()},
    )


def _first_decision(
    model: SamMoE, tau: Sequence[float], embedding: object, batch: ViewBatch, seed: int
) -> Selection:
    """Return what the gate decides at the first click, as the product latches it."""
    generator = torch.Generator(batch.masks.device).manual_seed(seed)
    points, labels = first_clicks(batch.masks, generator, at_click=batch.at_click)
    scores = model.gate(
        embedding,
        point_coords=points[:, None],
        point_labels=labels[:, None],
        mask_logits=fed_logits(model.family, None, batch.masks),
    )
    return select(scores[0].float().cpu(), list(tau))


def _decoder(
    model: SamMoE, name: str, selection: Selection | None, device: torch.device
) -> nn.Module:
    if selection is None or name != MIXTURE:
        return model.decoder(name)
    if selection.expert is None:
        return model.general
    weight = torch.tensor(selection.weight, device=device)
    return FusedDecoder(model.general, model.expert_decoders[selection.expert], weight)
