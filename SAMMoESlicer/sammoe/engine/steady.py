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
from .necks import without_hanging_parts
from .objects import clicked_components, likeness
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
    logits = one_way(logits, state, prompts)
    if state.without is None:
        return logits
    caused = logits - one_way(drawn(state.without), state, prompts)
    wanted = np.where(was > 0, -caused, caused) >= LEAST_CAUSED
    return np.where(((logits > 0) == (was > 0)) | wanted, logits, was)


def one_way(logits: Logits, state: State, prompts: PromptsIJK) -> Logits:
    """Return logits as a step that only raises or only lowers them leaves them.

    Args:
        logits: (d, h, w) on the state's crop.
        state: Says whether its step does, and what the logits were before.
        prompts: The last step says which of the two.
    """
    was = state.was_logits
    if was is None or not state.corrects:
        return logits
    return (np.maximum if prompts.step_labels[-1] == FOREGROUND else np.minimum)(logits, was)


def as_one_object(logits: Logits, state: State, prompts: PromptsIJK) -> Logits:
    """Return logits without what hangs on the clicked object, unless it was shown before.

    A foreground step takes nothing away, not even where what it adds is why a part that was held
    before now hangs by a neck. What lay apart from the object and now hangs on it was not shown.
    """
    kept = without_hanging_parts(logits, state.crop, prompts)
    was = state.was_logits
    adds = state.corrects and prompts.step_labels[-1] == FOREGROUND
    if kept is logits or was is None or not adds:
        return kept
    was_shown = clicked_components(was, state.crop, prompts.inside_ijk)
    return np.where(was_shown, logits, kept)


def same_object(before: State, after: State) -> bool:
    """Say whether the masks of two states on different crops are of one object."""
    shape = after.mask_logits.shape
    moved = transfer(
        before.mask_logits, before.crop, after.crop, shape=shape, outside=SURELY_OUTSIDE
    )
    return likeness(moved, after.mask_logits) >= LEAST_OVERLAP
