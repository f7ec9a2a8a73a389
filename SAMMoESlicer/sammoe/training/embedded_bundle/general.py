"""Stage 1: encoders and general decoder, from scratch on synthetic scenes."""

import torch

from ...model.compact.backbone import CompactBackbone
from ...model.compact.layers import channels_last
from ...model.compact.tissue_head import TissueHead
from ...model.sam_moe import SamMoE
from ..loop.trainer import Trainer
from ..objectives.general import GeneralObjective
from ..samples.views import SyntheticViews
from ..synthetic.scenes import SceneStore
from .recipe import DemoRecipe
from .workshop import Workshop, frozen


def train_general(workshop: Workshop, store: SceneStore, recipe: DemoRecipe) -> SamMoE:
    """Return the general model, without experts, trained to the end of its schedule."""
    model, tissue_head = fresh_model(recipe)
    trainer = Trainer(
        GeneralObjective(model.family, model.general, tissue_head=tissue_head),
        SyntheticViews(store),
        options=recipe.general,
        processes=workshop.processes,
        identity=f"embedded default, general, {len(store)} scenes",
    )
    workshop.train(trainer, "general")
    frozen(model)
    return model


def fresh_model(recipe: DemoRecipe) -> tuple[SamMoE, TissueHead]:
    """Return an untrained compact model and its tissue head; a recipe always gives the same."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.general.seed)
        backbone = CompactBackbone(**recipe.sizes)
        tissue_head = channels_last(backbone.new_tissue_head())
        decoder = backbone.new_decoder()
    return channels_last(SamMoE(backbone, general=decoder)), tissue_head
