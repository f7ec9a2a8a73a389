"""What the chosen expert drew is looked at before it is believed.

The gate chooses on sight of what the general decoder drew. An expert that was chosen for something
that is not its task mostly draws a part of it, something else, or nothing.
"""

import torch
from torch import Tensor

SURE = 0.95
"""From this score on the gate is not asked again: that costs a tenth of a first click."""
LEAST_OWN = 0.2
"""What the gate has to give an expert on sight of what that expert drew itself."""
LEAST_OWN_ELSE = 0.7
"""The same where the expert drew something else than the general decoder: one of both is wrong."""
ALIKE = 0.7
"""Dice of an expert's and the general decoder's masks from which on they drew the same object."""
FAR_WORSE = 0.5
"""With a box the object's extent is known: an expert whose mask fills it less than this part as
well as the general one is not believed."""


def least_own(expert_logits: Tensor, general_logits: Tensor) -> float:
    """Return what the gate has to give an expert on sight of its mask.

    Args:
        expert_logits: (1, 1, d, h, w).
        general_logits: Likewise.
    """
    drawn, general = expert_logits > 0, general_logits > 0
    both, total = int((drawn & general).sum()), int(drawn.sum() + general.sum())
    return LEAST_OWN_ELSE if 2 * both < ALIKE * total else LEAST_OWN


def fills(logits: Tensor, box: Tensor) -> float:
    """Return the overlap (intersection over union) of a mask's bounds with a box.

    Args:
        logits: (1, 1, d, h, w).
        box: (1, 2, 3) low and high corner, in voxels of the logits.
    """
    drawn = (logits[0, 0] > 0).nonzero()
    if len(drawn) == 0:
        return 0.0
    low = drawn.amin(dim=0) - 0.5
    high = drawn.amax(dim=0) + 0.5
    box_low, box_high = box[0].to(low)
    both = (torch.minimum(high, box_high) - torch.maximum(low, box_low)).clamp(min=0).prod()
    either = (high - low).prod() + (box_high - box_low).prod() - both
    return float(both / either)


def far_worse(expert_logits: Tensor, general_logits: Tensor, box: Tensor, *, scale: float) -> bool:
    """Say whether an expert's mask fills a box far worse than the general decoder's.

    Args:
        expert_logits: (1, 1, d, h, w).
        general_logits: Likewise.
        box: (1, 2, 3) low and high corner, patch ijk.
        scale: Voxels of the patch along one of the logits.
    """
    box = (box + 0.5) / scale - 0.5
    return fills(expert_logits, box) < FAR_WORSE * fills(general_logits, box)
