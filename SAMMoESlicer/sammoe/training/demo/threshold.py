"""Stage 4: every decoder's logits are cut where simulated users get most."""

import torch

from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..mask_threshold import OFFSETS, dice_by_offset
from ..synthetic.scenes import SceneStore
from ..views import SyntheticViews
from .recipe import DemoRecipe
from .workshop import Workshop


def set_thresholds(
    workshop: Workshop, store: SceneStore, model: SamMoE, recipe: DemoRecipe
) -> dict[str, float]:
    """Lower the logits of the general decoder and of every expert, in place.

    Args:
        workshop: Shares the decoders among its processes.
        store: Scenes for this alone.
        model: With its experts; on CPU.
        recipe: How many views.

    Returns:
        By how much, by decoder id.
    """
    wanted = {GENERAL: None} | {task.id: task.wanted for task in recipe.tasks}
    ids = list(wanted)

    def dice(name: str) -> torch.Tensor:
        decoder = model.decoder(name)
        views = SyntheticViews(store, wanted[name])
        state = workshop.kept(
            f"threshold-{name}",
            lambda: {
                "dice": torch.tensor(
                    dice_by_offset(model, decoder, views, views=recipe.threshold_views)
                )
            },
        )
        return state["dice"]

    for n in workshop.share(range(len(ids))):
        dice(ids[n])
    workshop.processes.wait()
    lowered = {name: OFFSETS[int(dice(name).argmax())] for name in ids}
    for name, offset in lowered.items():
        model.decoder(name).lower_logits(offset)  # type: ignore[operator]
        workshop.say("%s: logits lowered by %s; Dice by offset %s", name, offset, dice(name))
    return lowered
