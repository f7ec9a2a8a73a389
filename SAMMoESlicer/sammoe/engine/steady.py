"""What one more click may change: it adds or takes away, and a new crop may not lose the object.

Before any click on the object what was drawn into a box is a guess, and may be given up.
"""

import numpy as np
from numpy.typing import NDArray

from ..crop import transfer
from ..prompts import BACKGROUND, FOREGROUND
from .memo import State
from .prompts_ijk import PromptsIJK

LEAST_OVERLAP = 0.8
"""Dice of the masks before and after a crop was fitted anew, below which the fit is not believed:
on real scans what it loses then is larger than what it gains."""
SURELY_OUTSIDE = -8.0
LEAST_KEPT = {BACKGROUND: 0.3, FOREGROUND: 0.1}
"""How much of what was drawn into a box alone each sort of click has to leave; with less something
else in the box is meant. A click on the object may be where the model draws least."""

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


def misread(previous: Logits | None, logits: Logits, prompts: PromptsIJK) -> bool:
    """Say whether the latest step shows that a box was taken for something else.

    Until the first foreground step nothing but the box says what is meant, and the mask is a guess.
    If next to nothing of it is left, it would only mislead what follows.

    Args:
        previous: (d, h, w) the logits that were fed, NaN where nothing was known; or None.
        logits: (d, h, w) the answer.
        prompts: All that led to it.
    """
    if previous is None or prompts.box_ijk is None or prompts.mask is not None:
        return False
    if (prompts.step_labels[:-1] == FOREGROUND).any():
        return False
    was = previous > 0
    least = LEAST_KEPT[int(prompts.step_labels[-1])] * np.count_nonzero(was)
    return bool(np.count_nonzero(was & (logits > 0)) < least)


def same_object(before: State, after: State) -> bool:
    """Say whether the masks of two states on different crops are of one object."""
    size = after.mask_logits.shape[0]
    moved = transfer(before.mask_logits, before.crop, after.crop, size=size, outside=SURELY_OUTSIDE)
    was, shown = moved > 0, after.mask_logits > 0
    both = 2 * np.count_nonzero(was & shown)
    return bool(both >= LEAST_OVERLAP * (np.count_nonzero(was) + np.count_nonzero(shown)))
