"""Stage 2: the network that says what sort of structure every place is, for the gate."""

from ...model.sam_moe import SamMoE
from ..loop.trainer import Trainer
from ..objectives.tissue import TissueObjective
from ..samples.tasks import as_shown
from ..samples.views import SyntheticViews
from ..synthetic.scenes import SceneStore
from ..synthetic.views import Wanted
from .recipe import DemoRecipe
from .workshop import Workshop, frozen

CT_SHARE = 0.8


def train_tissue(workshop: Workshop, store: SceneStore, model: SamMoE, recipe: DemoRecipe) -> None:
    """Train a general model's tissue network, in place."""
    trainer = Trainer(
        TissueObjective(model.family),
        SyntheticViews(store, as_shown(Wanted(ct_share=CT_SHARE))),
        options=recipe.tissue,
        processes=workshop.processes,
        identity=f"embedded default, tissue, {len(store)} scenes",
    )
    workshop.train(trainer, "tissue")
    frozen(model)
