"""What the first clicks say of how a box was read.

Before any click on the object what was drawn into a box is a guess, and may be given up.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from ..prompts import BACKGROUND, FOREGROUND
from .expert_check import fills
from .memo import State
from .objects import likeness
from .prompts_ijk import PromptsIJK

LEAST_KEPT = {BACKGROUND: 0.3, FOREGROUND: 0.1}
"""How much of what was drawn into a box alone each sort of click has to leave; with less something
else in the box is meant. A click on the object may be where the model draws least."""
LEAST_ALIKE = 0.6
"""Dice of a corrected mask and one that was begun anew, from which on both are of one object."""
WELL_FILLED = 0.6
"""Overlap (intersection over union) of a box with the bounds of what was drawn in it, from which on
the box was not taken for something else."""

Logits = NDArray[np.float32]


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


def first_in_box(prompts: PromptsIJK) -> bool:
    """Say whether the latest step is the first one after a box, and on the object.

    It may mend a mask that was nearly right, or be a click in the middle of something else; see
    `counts_anew`. Who began with a click beside the object has taken the rest for right.

    Args:
        prompts: All so far.
    """
    boxed = prompts.box_ijk is not None and prompts.mask is None
    return boxed and len(prompts) == 1 and bool(prompts.step_labels[0] == FOREGROUND)


def counts_anew(anew_logits: Logits, state: State, prompts: PromptsIJK) -> bool:
    """Say whether what begins an object anew, with its box and its first click, counts.

    It does where it is about the same object as the corrected mask, and where what was drawn in the
    box does not fill it, which says that the box was taken for something else. A click at the
    border of something large is not understood without what was drawn before.

    Args:
        anew_logits: (d, h, w).
        state: With the corrected mask, and what was drawn before.
        prompts: With the box.
    """
    drawn = state.fed_logits
    assert drawn is not None
    assert prompts.box_ijk is not None
    if likeness(state.mask_logits, anew_logits) >= LEAST_ALIKE:
        return True
    scale = np.array(state.crop.size) / np.array(drawn.shape)
    corners = (state.crop.points_to_patch(prompts.box_ijk) + 0.5) / scale - 0.5
    box = torch.from_numpy(np.sort(corners, axis=0))[None]
    return fills(torch.from_numpy(drawn)[None, None], box) < WELL_FILLED


def halfway(corrected_logits: Logits, anew_logits: Logits) -> Logits:
    """Return logits between a corrected mask's and those of the object begun anew, (d, h, w)."""
    return np.float32(0.5) * (corrected_logits + anew_logits)
