"""Where a compact decoder's logits are cut: set where simulated users get most.

A loss that weights the object's voxels up, so that small objects do not vanish, draws masks too
fat; users then spend their clicks on trimming. With clicks to come a stricter cut is better, which
a box alone would suffer from. It is found on scenes of its own.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..model.sam_moe import SamMoE
from .gate_samples import exact_user
from .objectives import rows_of
from .precision import precision
from .rollout import play
from .views import ViewSource

CUTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
CLICKS = (1, 5)
OBJECTS = 3


@torch.no_grad()
def dice_by_cut(
    model: SamMoE,
    decoder: nn.Module,
    source: ViewSource,
    *,
    views: int,
    cuts: Sequence[float] = CUTS,
    seed: int = 77,
) -> Tensor:
    """Return mean Dice after some clicks with every cut, (cuts,).

    Args:
        model: The encoders.
        decoder: A compact one; its own cut is as it was afterwards.
        source: Objects nothing was trained on.
        views: How many patches.
        cuts: Logits.
        seed: Decides views and clicks.
    """
    device = next(decoder.parameters()).device
    before = decoder.cut.clone()  # type: ignore[operator]
    found = torch.zeros(len(cuts), views, len(CLICKS))
    for view in range(views):
        rng = np.random.default_rng((seed, 47, view))
        batch = source.sample(rng, views=1, objects=OBJECTS, size=model.family.patch_size)
        masks = batch.masks.to(device)
        with precision(model.family, device):
            embedding = model.encode_image(batch.patches.to(device))
            embedding = rows_of(embedding, batch.rows.to(device))
            for n, cut in enumerate(cuts):
                decoder.cut.fill_(cut)  # type: ignore[operator]
                for m, clicks in enumerate(CLICKS):
                    outcome = play(
                        model.family, decoder, embedding, masks, plan=exact_user(clicks),
                        generator=torch.Generator().manual_seed(view),
                    )  # fmt: skip
                    found[n, view, m] = outcome.dice.mean()
    decoder.cut.copy_(before)  # type: ignore[operator]
    return found.mean(dim=(1, 2))


def best_cut(dice: Tensor, cuts: Sequence[float] = CUTS) -> float:
    """Return the best cut of what `dice_by_cut` returned."""
    return cuts[int(dice.argmax())]
