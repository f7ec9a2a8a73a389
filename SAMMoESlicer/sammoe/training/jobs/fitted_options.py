"""How a family's decoders are trained: the sizes of its patches, and boxes where it knows them."""

from dataclasses import replace

from ...bundle import BundleCard
from ..loop.schedule import TrainingOptions

SMALLEST_COARSE = 32
"""Coarse steps take patches of at least this; smaller ones have too few tokens."""


def fitted_options(card: BundleCard, options: TrainingOptions) -> TrainingOptions:
    """Return options with a family's patch sizes, and boxes only where they were trained."""
    size = card.input.patch_size
    coarse = size // 2 if card.input.crop == "auto-zoom" and size // 2 >= SMALLEST_COARSE else 0
    return replace(options, size=size, coarse_size=coarse, boxes="box" in card.prompt_kinds)
