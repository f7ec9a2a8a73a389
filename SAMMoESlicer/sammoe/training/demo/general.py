"""Stage 1: encoders and general decoder, from scratch on synthetic scenes."""

import torch

from ...model import families
from ...model.compact.layers import channels_last
from ...model.sam_moe import SamMoE
from ..objectives import GeneralObjective
from ..synthetic.scenes import SceneStore
from ..trainer import Trainer
from ..views import SyntheticViews
from .recipe import DemoRecipe
from .workshop import Workshop, frozen


def train_general(workshop: Workshop, store: SceneStore, recipe: DemoRecipe) -> SamMoE:
    """Return the general model, without experts, trained to the end of its schedule."""
    model = fresh_model(recipe)
    trainer = Trainer(
        GeneralObjective(model.family, model.general),
        SyntheticViews(store),
        options=recipe.general,
        processes=workshop.processes,
        identity=f"embedded default, general, {len(store)} scenes",
    )
    workshop.train(trainer, "general")
    frozen(model)
    return model


def fresh_model(recipe: DemoRecipe) -> SamMoE:
    """Return an untrained compact model; the same recipe always gives the same one."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.general.seed)
        backbone, decoder = families.build("compact", **recipe.sizes)
    return channels_last(SamMoE(backbone, general=decoder))
