"""Stage 2: what sort of structure a place looks like, for the gate; the encoders stay frozen."""

from ...model.sam_moe import SamMoE
from ..synthetic.scenes import SceneStore
from ..synthetic.views import Wanted
from ..tissue_objective import TissueObjective
from ..trainer import Trainer
from ..views import SyntheticViews
from .recipe import DemoRecipe
from .workshop import Workshop, frozen

CT_SHARE = 0.8


def train_tissue(workshop: Workshop, store: SceneStore, model: SamMoE, recipe: DemoRecipe) -> None:
    """Train the head of a trained general model, in place."""
    trainer = Trainer(
        TissueObjective(model.family),
        SyntheticViews(store, Wanted(ct_share=CT_SHARE)),
        options=recipe.tissue,
        processes=workshop.processes,
        identity=f"embedded default, tissue, {len(store)} scenes",
    )
    workshop.train(trainer, "tissue")
    frozen(model)
