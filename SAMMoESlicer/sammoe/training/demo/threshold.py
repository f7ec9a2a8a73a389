"""Stage 4: every decoder's logits are cut where simulated users get most."""

import torch

from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..mask_threshold import best_cut, dice_by_cut
from ..synthetic.scenes import SceneStore
from ..tasks import as_shown
from ..views import SyntheticViews
from .recipe import DemoRecipe
from .workshop import Workshop


def set_thresholds(
    workshop: Workshop, store: SceneStore, model: SamMoE, recipe: DemoRecipe
) -> dict[str, float]:
    """Set the cuts of the general decoder and of every expert, in place.

    Args:
        workshop: Shares the decoders among its processes.
        store: Scenes for this alone.
        model: With its experts; on CPU.
        recipe: How many views.

    Returns:
        The cuts, by decoder id.
    """
    wanted = {GENERAL: None} | {task.id: task.wanted for task in recipe.tasks}
    ids = list(wanted)

    def dice(name: str) -> torch.Tensor:
        views, decoder = SyntheticViews(store, as_shown(wanted[name])), model.decoder(name)
        found = workshop.kept(
            f"threshold-{name}",
            lambda: {"dice": dice_by_cut(model, decoder, views, views=recipe.threshold_views)},
        )
        return found["dice"]

    for n in workshop.share(range(len(ids))):
        dice(ids[n])
    workshop.processes.wait()
    cuts = {name: best_cut(dice(name)) for name in ids}
    for name, cut in cuts.items():
        model.decoder(name).cut.fill_(cut)  # type: ignore[operator]
        workshop.say("%s: cut %s; Dice by cut %s", name, cut, dice(name).tolist())
    return cuts
