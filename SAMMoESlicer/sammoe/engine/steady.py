"""What one more click may change: it adds or takes away, and a new crop may not lose the object.

An earlier mask is no guess: somebody wanted it so, and the model would have drawn it otherwise at
many places. Those are seen by asking it without the click as well, and left as they were.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..crop import transfer
from ..prompts import FOREGROUND
from .memo import State
from .objects import likeness
from .prompts_ijk import PromptsIJK

LEAST_OVERLAP = 0.8
"""Dice of the masks before and after a crop was fitted anew, below which the fit is not believed:
on real scans what it loses then is larger than what it gains."""
SURELY_OUTSIDE = -8.0
LEAST_CAUSED = 0.5
"""By how much a step has to move a logit to be why an earlier mask changes there."""

Logits = NDArray[np.float32]


def corrected(
    logits: Logits, state: State, prompts: PromptsIJK, *, drawn: Callable[[PromptsIJK], Logits]
) -> Logits:
    """Return logits as the latest step may change them.

    A foreground step only raises, a background step only lowers them; and an earlier mask changes
    only where the step is why.

    Args:
        logits: (d, h, w) a decoder's, at a state.
        state: Says whether its step corrects what it was fed, and in which of the two ways.
        prompts: All that led to it; the last step counts.
        drawn: Returns the logits of the same decoder for other prompts.
    """
    was = state.was_logits
    if was is None:
        return logits

    def one_way(answer: Logits) -> Logits:
        if not state.corrects:
            return answer
        return (np.maximum if prompts.step_labels[-1] == FOREGROUND else np.minimum)(answer, was)

    logits = one_way(logits)
    if state.without is None:
        return logits
    caused = logits - one_way(drawn(state.without))
    wanted = np.where(was > 0, -caused, caused) >= LEAST_CAUSED
    return np.where(((logits > 0) == (was > 0)) | wanted, logits, was)


def same_object(before: State, after: State) -> bool:
    """Say whether the masks of two states on different crops are of one object."""
    shape = after.mask_logits.shape
    moved = transfer(
        before.mask_logits, before.crop, after.crop, shape=shape, outside=SURELY_OUTSIDE
    )
    return likeness(moved, after.mask_logits) >= LEAST_OVERLAP
