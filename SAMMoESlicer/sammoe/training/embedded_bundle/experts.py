"""Stage 3: one decoder for each task, a copy of the general one, both encoders frozen."""

import copy

from torch import nn

from ...model.sam_moe import SamMoE
from ..loop.trainer import Trainer
from ..objectives.expert import ExpertObjective
from ..samples.tasks import Task, as_shown
from ..samples.views import SyntheticViews
from ..synthetic.scenes import SceneStore
from .recipe import DemoRecipe
from .workshop import Workshop, frozen


def train_experts(
    workshop: Workshop, store: SceneStore, model: SamMoE, recipe: DemoRecipe
) -> dict[str, nn.Module]:
    """Return the experts' decoders by id, in the gate's order; `model` stays as it is."""
    return {task.id: _expert(workshop, store, model, task, recipe) for task in recipe.tasks}


def _expert(
    workshop: Workshop, store: SceneStore, model: SamMoE, task: Task, recipe: DemoRecipe
) -> nn.Module:
    decoder = copy.deepcopy(model.general)
    trainer = Trainer(
        ExpertObjective(model.family, decoder),
        SyntheticViews(store, as_shown(task.wanted)),
        options=recipe.expert,
        processes=workshop.processes,
        identity=f"embedded default, expert {task.id}, {len(store)} scenes",
    )
    workshop.train(trainer, f"expert-{task.id}")
    return frozen(decoder)
