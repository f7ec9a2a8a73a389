"""What is shown of a new object before its fitted look is there; nothing a user would mistake."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..bundle.card import BundleCard
from ..crop import Crop
from ..model.selector import Selection
from ..options import PredictOptions
from ..result import Result
from .decision import Decision
from .decode import Decoding
from .make_result import make_result
from .memo import State
from .objects import certainty, faces_touched
from .question import Question

SURE = 0.22
"""The overlap a first look must expect of itself to be shown before the answer is there."""
CERTAIN = 0.68
"""And the overlap its own chances must say; see `certainty`."""


def preview_of(
    decoding: Decoding,
    card: BundleCard,
    question: Question,
    crop: Crop,
    logits: NDArray[np.float32],
    quality: float,
) -> Result | None:
    """Return what a first look drew, where it is sure to be the object and holds all of it.

    Args:
        decoding: The model.
        card: What its bundle says.
        question: What was asked.
        crop: Where was looked.
        logits: (d, h, w) what was drawn there.
        quality: The overlap the decoder expects.
    """
    if quality < SURE or certainty(logits) < CERTAIN:
        return None
    if faces_touched(logits, crop, question.volume):
        return None
    nobody = Decision((*(0.0 for _ in card.experts), 1.0), Selection(None, 0.0, 1.0))
    state = State(crop, question.window, logits, None, None, nobody)
    question = replace(question, options=PredictOptions())
    result = make_result(decoding, card, question, state, edges=None)
    return result if result.mask_box_kji.any() else None
