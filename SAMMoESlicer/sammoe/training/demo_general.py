"""The embedded default's first stage: encoders and general decoder, from scratch."""

import torch

from ..model import families
from ..model.compact.layers import channels_last
from ..model.sam_moe import SamMoE
from .objectives import GeneralObjective
from .processes import Processes
from .schedule import TrainingOptions
from .synthetic.scenes import SceneStore
from .trainer import Trainer
from .views import SyntheticViews

DEMO_GENERAL = TrainingOptions(
    steps=2800, learning_rate=8e-4, weight_decay=0.02, warm_steps=100,
    size=64, views=1, objects=4, coarse_size=32, coarse_views=3,
    fine_from=0.45, fine_share=0.4, parts=2, ema=0.998, seed=0, checkpoint_minutes=2.0,
)  # fmt: skip
"""Coarse patches teach what clicks mean, fine ones what the product looks at."""


def fresh_model(seed: int, **sizes: int) -> SamMoE:
    """Return an untrained compact model; the same seed always gives the same one."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        backbone, decoder = families.build("compact", **sizes)
    return channels_last(SamMoE(backbone, general=decoder))


def general_trainer(
    model: SamMoE, store: SceneStore, options: TrainingOptions, processes: Processes
) -> Trainer:
    """Return the training of a model's encoders and general decoder on synthetic scenes."""
    return Trainer(
        GeneralObjective(model.family, model.general),
        SyntheticViews(store),
        options=options,
        processes=processes,
        identity=f"embedded default, general, {len(store)} scenes",
    )
