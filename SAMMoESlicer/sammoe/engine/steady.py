"""What one more click may change: it adds or takes away, and a new crop may not lose the object."""

import numpy as np
from numpy.typing import NDArray

from ..crop import transfer
from ..prompts import FOREGROUND
from .memo import State
from .prompts_ijk import PromptsIJK

LEAST_OVERLAP = 0.8
"""Dice of the masks before and after a crop was fitted anew, below which the fit is not believed:
on real scans what it loses then is larger than what it gains."""
SURELY_OUTSIDE = -8.0

Logits = NDArray[np.float32]


def corrected(logits: Logits, state: State, prompts: PromptsIJK) -> Logits:
    """Return logits that a foreground step has only raised, a background step only lowered.

    Args:
        logits: (d, h, w) a decoder's, at a state.
        state: Says whether its step corrects the mask before, which is what it was fed.
        prompts: All that led to it; the last step counts.
    """
    if not state.corrects or state.fed_logits is None:
        return logits
    way = np.maximum if prompts.step_labels[-1] == FOREGROUND else np.minimum
    return way(logits, state.fed_logits)


def same_object(before: State, after: State) -> bool:
    """Say whether the masks of two states on different crops are of one object."""
    size = after.mask_logits.shape[0]
    moved = transfer(before.mask_logits, before.crop, after.crop, size=size, outside=SURELY_OUTSIDE)
    was, shown = moved > 0, after.mask_logits > 0
    both = 2 * np.count_nonzero(was & shown)
    return bool(both >= LEAST_OVERLAP * (np.count_nonzero(was) + np.count_nonzero(shown)))
