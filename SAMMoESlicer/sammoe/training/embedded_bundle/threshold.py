"""Stage 4: every decoder's logits are cut where simulated users get most."""

import torch

from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..samples.tasks import as_shown
from ..samples.views import SyntheticViews
from ..stages.cuts import find_cuts
from ..synthetic.scenes import SceneStore
from .recipe import DemoRecipe
from .workshop import Workshop


def set_thresholds(
    workshop: Workshop, store: SceneStore, model: SamMoE, recipe: DemoRecipe
) -> dict[str, list[float]]:
    """Set the cuts of the general decoder and of every expert, in place.

    Args:
        workshop: Shares the decoders among its processes.
        store: Scenes for this alone.
        model: With its experts; on CPU.
        recipe: How many views.

    Returns:
        Each decoder's cuts for one click and for more clicks or a box, by id.
    """
    wanted = {GENERAL: None} | {task.id: task.wanted for task in recipe.tasks}
    ids = list(wanted)

    def found(name: str) -> dict[str, torch.Tensor]:
        views, decoder = SyntheticViews(store, as_shown(wanted[name])), model.decoder(name)

        def find() -> dict[str, torch.Tensor]:
            cuts = find_cuts(model, decoder, views, views=recipe.threshold_views)
            return {"best": cuts.best, "dice": cuts.dice}

        return workshop.kept(f"threshold-{name}", find)

    for n in workshop.share(range(len(ids))):
        found(ids[n])
    workshop.processes.wait()
    cuts: dict[str, list[float]] = {}
    for name in ids:
        state = found(name)
        model.decoder(name).cuts.copy_(state["best"])  # type: ignore[operator]
        cuts[name] = state["best"].tolist()
        workshop.say("%s: cuts %s; Dice by cut %s", name, cuts[name], state["dice"].tolist())
    return cuts
