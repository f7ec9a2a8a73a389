"""Where a decoder's logits should be cut: its bias, set where simulated users get most.

A loss that weights the object's voxels up, so that small objects do not vanish, draws masks too
fat; users then spend their clicks on trimming. The offset is found on scenes of its own.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from ..model.sam_moe import SamMoE
from .gate_samples import exact_user
from .objectives import rows_of
from .precision import precision
from .rollout import play
from .views import ViewSource

OFFSETS = (0.0, 0.5, 1.0, 1.5, 2.0)
CLICKS = (1, 3, 6)
OBJECTS = 3


@torch.no_grad()
def dice_by_offset(
    model: SamMoE,
    decoder: nn.Module,
    source: ViewSource,
    *,
    views: int,
    offsets: Sequence[float] = OFFSETS,
    seed: int = 77,
) -> list[float]:
    """Return mean Dice after some clicks with the logits lowered by each offset.

    Args:
        model: The encoders.
        decoder: With `lower_logits`; as it was afterwards.
        source: Objects nothing was trained on.
        views: How many patches.
        offsets: Logits.
        seed: Decides views and clicks.
    """
    device = next(decoder.parameters()).device
    found = np.zeros((len(offsets), views, len(CLICKS)))
    for view in range(views):
        rng = np.random.default_rng((seed, 47, view))
        batch = source.sample(rng, views=1, objects=OBJECTS, size=model.family.patch_size)
        masks = batch.masks.to(device)
        with precision(model.family, device):
            embedding = model.encode_image(batch.patches.to(device))
            embedding = rows_of(embedding, batch.rows.to(device))
            for n, offset in enumerate(offsets):
                decoder.lower_logits(offset)  # type: ignore[operator]
                for m, clicks in enumerate(CLICKS):
                    generator = torch.Generator().manual_seed(view)
                    outcome = play(
                        model.family, decoder, embedding, masks,
                        plan=exact_user(clicks), generator=generator,
                    )  # fmt: skip
                    found[n, view, m] = float(outcome.dice.mean())
                decoder.lower_logits(-offset)  # type: ignore[operator]
    return [float(value) for value in found.mean(axis=(1, 2))]
