"""Fine-tune one expert: a copy of the general decoder, both encoders frozen."""

import copy
import logging
import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .losses import finite
from .rollout import Plan, draw_plan, play
from .synthetic.scenes import SceneStore
from .synthetic.views import ViewBatch, Wanted, sample_views

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExpertOptions:
    """How an expert is trained.

    Attributes:
        minutes: Wall-clock length of the schedule.
        steps: Upper limit of steps.
        learning_rate: Peak of the cosine.
        fine_share: Share of steps with 64^3 views.
        seed: Decides views and clicks.
    """

    minutes: float = 5.0
    steps: int = 10_000
    learning_rate: float = 3e-4
    fine_share: float = 0.4
    views: int = 6
    objects: int = 2
    ema: float = 0.99
    seed: int = 1


def train_expert(
    backbone: Any,
    general: nn.Module,
    store: SceneStore,
    wanted: Wanted,
    *,
    options: ExpertOptions | None = None,
) -> nn.Module:
    """Return a decoder fine-tuned on one task; `backbone` and `general` are not changed.

    Args:
        backbone: Frozen encoders.
        general: Where the expert starts from.
        store: Scenes to look at.
        wanted: The task's samples.
        options: Length, rate, seed.
    """
    options = options or ExpertOptions()
    expert = copy.deepcopy(general).requires_grad_(True).train()
    average = copy.deepcopy(general).requires_grad_(False).eval()
    optimizer = torch.optim.AdamW(expert.parameters(), lr=options.learning_rate, weight_decay=0.01)
    started, losses = time.monotonic(), []
    for step in range(options.steps):
        progress = max(step / options.steps, (time.monotonic() - started) / 60 / options.minutes)
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            warm = min(1.0, (step + 1) / 20)
            group["lr"] = options.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * progress))
        loss = _loss(backbone, expert, store, wanted, options, step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(expert.parameters(), 1.0)
        if finite(loss) and finite(norm):
            optimizer.step()
            decay = min(options.ema, (1 + step) / (10 + step))
            torch._foreach_lerp_(
                list(average.parameters()), [p.detach() for p in expert.parameters()], 1 - decay
            )
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            logger.info(
                "step %d (%.0f %%): loss %.3f", step + 1, 100 * progress, np.mean(losses[-50:])
            )
    return average


def _loss(
    backbone: Any,
    expert: nn.Module,
    store: SceneStore,
    wanted: Wanted,
    options: ExpertOptions,
    step: int,
) -> Tensor:
    rng = np.random.default_rng((options.seed, 23, step))
    fine = rng.random() < options.fine_share
    views, objects, size = (2, 1, 64) if fine else (options.views, options.objects, 32)
    batch = sample_views(store, rng, views=views, objects=objects, size=size, wanted=wanted)
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    with torch.autocast("cpu", torch.bfloat16):
        with torch.no_grad():
            embedding = backbone.encode_image(batch.patches).select(batch.rows)
        plan = draw_plan(rng)
        outcome = play(backbone, expert, embedding, batch.masks, plan=plan, generator=generator)
    return outcome.loss.mean()


@torch.no_grad()
def measure(
    backbone: Any,
    decoder: nn.Module,
    store: SceneStore,
    wanted: Wanted,
    *,
    samples: int = 32,
    clicks: tuple[int, ...] = (1, 5),
    size: int = 64,
    seed: int = 99,
) -> dict[int, float]:
    """Return mean Dice of one decoder after some numbers of clicks on synthetic views.

    Args:
        backbone: The encoders.
        decoder: The decoder to measure.
        store: Scenes, best ones that were not trained on.
        wanted: Which objects.
        samples: How many.
        clicks: After how many clicks Dice is taken.
        size: Patch voxels along each axis.
        seed: The same seed gives the same objects and users.
    """
    found: dict[int, list[float]] = {count: [] for count in clicks}
    for number in range(samples):
        rng = np.random.default_rng((seed, 31, number))
        batch = sample_views(store, rng, views=1, objects=1, size=size, wanted=wanted)
        for count, dice in _dice_by_clicks(backbone, decoder, batch, clicks, number).items():
            found[count].append(dice)
    return {count: float(np.mean(values)) for count, values in found.items()}


def _dice_by_clicks(
    backbone: Any, decoder: nn.Module, batch: ViewBatch, clicks: tuple[int, ...], seed: int
) -> dict[int, float]:
    with torch.autocast("cpu", torch.bfloat16):
        embedding = backbone.encode_image(batch.patches)
        dice = {}
        for count in clicks:
            plan = Plan(clicks=count, box=False, rough_mask=False, forget=False, learn_first=False)
            generator = torch.Generator().manual_seed(seed)
            outcome = play(
                backbone, decoder, embedding, batch.masks, plan=plan, generator=generator
            )
            dice[count] = float(outcome.dice.mean())
    return dice
