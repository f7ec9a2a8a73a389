"""Train a compact backbone and its general decoder from scratch on synthetic views."""

import logging
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..model.compact import CompactBackbone, build_compact
from ..model.compact.layers import channels_last
from .losses import finite
from .rollout import draw_plan, play
from .synthetic.scenes import SceneStore
from .synthetic.views import ViewBatch, sample_views

logger = logging.getLogger(__name__)

LOG_EVERY = 50


@dataclass(frozen=True)
class GeneralOptions:
    """How the general model is trained.

    Attributes:
        steps: Length of the schedule; with `minutes`, only an upper limit.
        minutes: Wall-clock length of the schedule; None: the schedule is counted in steps.
        seed: Decides weights, views and clicks.
        learning_rate: Peak of the cosine.
        views: Patches in a step of 32^3 views.
        objects: Objects prompted in each patch.
        fine_from: Part of the schedule after which 64^3 views are mixed in.
        fine_share: Share of steps with 64^3 views from then on.
        checkpoint_minutes: Time between checkpoints.
    """

    steps: int = 6000
    minutes: float | None = None
    seed: int = 0
    learning_rate: float = 6e-4
    weight_decay: float = 0.02
    views: int = 4
    objects: int = 3
    fine_from: float = 0.65
    fine_share: float = 0.35
    ema: float = 0.998
    checkpoint_minutes: float = 3.0


class GeneralModel(nn.Module):
    """Backbone and general decoder under the names a bundle's `general.safetensors` uses."""

    def __init__(self, **sizes: int) -> None:
        super().__init__()
        backbone, decoder = build_compact(**sizes)
        self.image_encoder = backbone.image_encoder
        self.prompt_encoder = backbone.prompt_encoder
        self.mask_decoder = decoder
        self._backbone = [backbone]

    @property
    def backbone(self) -> CompactBackbone:
        """The same encoders as a `Backbone`."""
        return self._backbone[0]


class GeneralTrainer:
    """The training of one general model: its weights, their average, optimiser and place."""

    def __init__(
        self,
        store: SceneStore,
        *,
        options: GeneralOptions | None = None,
        sizes: dict[str, int] | None = None,
    ) -> None:
        self.options = options or GeneralOptions()
        self.store = store
        torch.manual_seed(self.options.seed)
        self.model = channels_last(GeneralModel(**(sizes or {})))
        self.average = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=self.options.learning_rate,
            weight_decay=self.options.weight_decay,
            betas=(0.9, 0.98),
        )
        self.step = 0
        self.seconds = 0.0
        self.skipped = 0
        self._recent: list[tuple[int, int, float, float]] = []

    @property
    def progress(self) -> float:
        """Part of the schedule that is done, 0 to 1."""
        done = self.step / self.options.steps
        if self.options.minutes is not None:
            done = max(done, self.seconds / 60 / self.options.minutes)
        return min(done, 1.0)

    def next_batch(self) -> tuple[ViewBatch, np.random.Generator]:
        """Return the batch of the current step, the same however often training was resumed."""
        rng = np.random.default_rng((self.options.seed, 17, self.step))
        fine = self.progress >= self.options.fine_from and rng.random() < self.options.fine_share
        views, size = (2, 64) if fine else (self.options.views, 32)
        objects = 2 if fine else self.options.objects
        return sample_views(self.store, rng, views=views, objects=objects, size=size), rng

    def run(self, checkpoint: Path) -> None:
        """Train to the end of the schedule, saving every few minutes; Ctrl+C saves and stops."""
        saved = time.monotonic()
        try:
            while self.progress < 1.0:
                started = time.monotonic()
                self.train_step()
                self.seconds += time.monotonic() - started
                if self.step % LOG_EVERY == 0:
                    self._log()
                if time.monotonic() - saved > 60 * self.options.checkpoint_minutes:
                    self.save(checkpoint)
                    saved = time.monotonic()
        except KeyboardInterrupt:
            logger.warning("stopped at step %d; resume continues from there", self.step)
        self.save(checkpoint)

    def train_step(self) -> float:
        """Take one step and return its loss."""
        batch, rng = self.next_batch()
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        plan = draw_plan(rng)
        backbone = self.model.backbone
        with torch.autocast("cpu", torch.bfloat16):
            embedding = backbone.encode_image(batch.patches).select(batch.rows)
            outcome = play(
                backbone,
                self.model.mask_decoder,
                embedding,
                batch.masks,
                plan=plan,
                generator=generator,
            )
        loss = outcome.loss.mean()
        self.apply(loss)
        size = batch.patches.shape[-1]
        self._recent.append((size, plan.clicks, loss.item(), outcome.dice.mean().item()))
        self.step += 1
        return loss.item()

    def apply(self, loss: Tensor) -> None:
        """Take a step down this loss, unless it or its gradient is not finite."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.learning_rate * self._rate()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        if not (finite(loss) and finite(norm)):
            self.skipped += 1
            return
        self.optimizer.step()
        decay = min(self.options.ema, (1 + self.step) / (10 + self.step))
        state = self.model.state_dict()
        torch._foreach_lerp_(list(self.average.values()), list(state.values()), 1 - decay)

    def _rate(self) -> float:
        warm = min(1.0, (self.step + 1) / 100)
        return warm * max(0.5 * (1 + math.cos(math.pi * self.progress)), 0.01)

    def _log(self) -> None:
        recent, self._recent = self._recent, []
        parts = []
        for low, high in ((1, 1), (2, 4), (5, 8)):
            dice = [d for size, clicks, _, d in recent if low <= clicks <= high and size == 32]
            parts.append(f"{low}-{high} clicks {np.mean(dice):.3f}" if dice else "-")
        logger.info(
            "step %d (%.0f %%, %.1f min): loss %.3f, Dice %s, skipped %d",
            self.step,
            100 * self.progress,
            self.seconds / 60,
            np.mean([loss for _, _, loss, _ in recent]),
            ", ".join(parts),
            self.skipped,
        )

    def save(self, checkpoint: Path) -> None:
        """Write everything `resume` needs, through a temporary file."""
        part = checkpoint.with_suffix(".part")
        torch.save(
            {
                "model": self.model.state_dict(),
                "average": self.average,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
                "skipped": self.skipped,
            },
            part,
        )
        part.replace(checkpoint)

    def resume(self, checkpoint: Path) -> None:
        """Continue from a checkpoint `save` wrote."""
        state = torch.load(checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.skipped = state["skipped"]
