"""A crop and the prompts on it, as decoders and the gate take them."""

from typing import NamedTuple

from ..model.backbone import ImageEmbedding, PromptEmbeddings
from .patch_inputs import PromptTensors
from .prompts_ijk import PromptsIJK

CORRECTED_OFTEN = 4
"""From so many clicks on an expert counts less: the general decoders know the object by then, and
the second one has learnt to correct."""
EXPERTS_SHARE = 0.7
"""What is left of an expert's weight then."""


class Seen(NamedTuple):
    """What is known of one object on one crop.

    Attributes:
        embedding: Of the crop.
        prompts: In the crop's frame.
        encoded: The same, encoded.
        both: A second general decoder takes part, if there is one.
    """

    embedding: ImageEmbedding
    prompts: PromptTensors
    encoded: PromptEmbeddings
    both: bool


def asks_both(prompts: PromptsIJK, *, corrects: bool) -> bool:
    """Say whether a second general decoder draws as well: for boxes, and to correct.

    A first click asks what there is; a box and a correction ask where it ends. It never saw curves,
    and nobody's masks but the model's own.

    Args:
        prompts: All so far.
        corrects: There was a mask before the latest of them.
    """
    if prompts.curves or prompts.mask is not None:
        return False
    return corrects or prompts.box_ijk is not None


def experts_share(prompts: PromptsIJK) -> float:
    """Return what part of a chosen expert's weight counts beside two general decoders.

    An earlier mask keeps one rule for all clicks: what a click changes is found by asking without
    it.
    """
    often = prompts.mask is None and len(prompts) >= CORRECTED_OFTEN
    return EXPERTS_SHARE if often else 1.0
