"""A training small enough for exact tests: views of balls, and a decoder of a tiny backbone."""

import numpy as np
import torch

from sammoe.model import families
from sammoe.training.loop.schedule import TrainingOptions
from sammoe.training.loop.trainer import Trainer
from sammoe.training.objectives.expert import ExpertObjective
from sammoe.training.objectives.losses import mask_loss
from sammoe.training.view_batch import ViewBatch
from tiny_bundle import SIZES


class Balls:
    """Views of one bright ball each."""

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return noisy balls of random place and radius."""
        grid = np.indices((size, size, size))
        masks = []
        for _ in range(views):
            centre = rng.uniform(0.35, 0.65, 3) * size
            far = ((grid - centre[:, None, None, None]) ** 2).sum(0)
            masks.append(far < (rng.uniform(0.12, 0.3) * size) ** 2)
        stacked = torch.from_numpy(np.stack(masks))
        noise = torch.from_numpy(rng.normal(0, 0.1, stacked.shape).astype(np.float32))
        patches = (stacked.float() - 0.5 + noise).clamp(-1, 1)[:, None]
        rows = torch.arange(views).repeat_interleave(objects)
        return ViewBatch(patches, stacked[rows], rows, np.ones(views * objects, np.int64))


class OneCallPoisoned(Balls):
    """Balls of which one batch holds NaN."""

    def __init__(self, number: int) -> None:
        self._left = number

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return balls; the chosen call's patches are NaN."""
        batch = super().sample(rng, views=views, objects=objects, size=size)
        self._left -= 1
        if self._left == 0:
            batch.patches.fill_(torch.nan)
        return batch


def make_trainer(
    source=None, *, processes=None, identity="toy", inspection=None, **options
) -> Trainer:
    """Return a trainer of an expert of a tiny compact backbone, the same weights every time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        backbone, decoder = families.build("compact", **SIZES)
    backbone.computes_in_bfloat16 = False
    options = {"steps": 6, "size": 16, "views": 1, "objects": 2, "ema": 0.5, **options}
    return Trainer(
        ExpertObjective(backbone, decoder, row_loss=mask_loss),
        source or Balls(),
        options=TrainingOptions(**options),
        processes=processes,
        identity=identity,
        inspection=inspection,
    )


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Put the averaged weights, which are the result, into the objective and return them."""
    trainer.load_average()
    return trained(trainer)


def trained(trainer: Trainer) -> dict[str, torch.Tensor]:
    """Return what the optimiser changes, as it is now."""
    named = trainer.objective.named_parameters()
    return {name: p.detach().clone() for name, p in named if p.requires_grad}
