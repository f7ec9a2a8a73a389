"""Where a compact decoder's logits are cut: set where simulated users get most.

A loss that weights the object's voxels up, so that small objects do not vanish, draws masks too
fat; users then spend their clicks on trimming. With clicks to come a stricter cut is better than
for a box alone, so there are two. They are found on scenes of their own.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from ..model.compact.mask_decoder import CLICKED, UNCLICKED
from ..model.sam_moe import SamMoE
from .gate_samples import draw_boxed, draw_clicked
from .losses import dice_score
from .objectives import rows_of
from .precision import precision
from .views import ViewSource

CUTS = (0.0, 0.5, 1.0, 1.5, 2.0)
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
    """Return mean Dice (2, cuts): with a box alone, and after some clicks.

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
    found = torch.zeros(2, len(cuts), views)
    for view in range(views):
        rng = np.random.default_rng((seed, 47, view))
        batch = source.sample(rng, views=1, objects=OBJECTS, size=model.family.patch_size)
        masks = batch.masks.to(device)
        with precision(model.family, device):
            embedding = model.encode_image(batch.patches.to(device))
            embedding = rows_of(embedding, batch.rows.to(device))
            for n, cut in enumerate(cuts):
                decoder.cut.fill_(cut)  # type: ignore[operator]

                def dice(draw, clicks: int, view: int = view) -> float:  # type: ignore[no-untyped-def]
                    generator = torch.Generator().manual_seed(view)
                    _, _, logits = draw(model, decoder, embedding, masks, clicks, generator)  # noqa: B023
                    return float(dice_score(logits, masks).mean())  # noqa: B023

                found[UNCLICKED, n, view] = dice(draw_boxed, 1)
                found[CLICKED, n, view] = sum(dice(draw_clicked, c) for c in CLICKS) / len(CLICKS)
    decoder.cut.copy_(before)  # type: ignore[operator]
    return found.mean(dim=2)


def best_cuts(dice: Tensor, cuts: Sequence[float] = CUTS) -> list[float]:
    """Return the best cut without and with clicks of what `dice_by_cut` returned."""
    return [cuts[n] for n in dice.argmax(dim=1).tolist()]
