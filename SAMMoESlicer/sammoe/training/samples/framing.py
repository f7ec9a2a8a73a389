"""Where a view lies around an object: as the product looks, and in training otherwise as well."""

from dataclasses import replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ...crop import Crop, CropPolicy, make_crop, plan_around_bounds, plan_around_points
from ...crop.policy import WIDE_LOOK
from ...volume import Volume

FACE_JITTER = 0.23
"""Spread of the logarithm of how far a face of an object seems to be: a third of an octave."""
INSIDE_PART = (0.25, 0.65)
ODD_PART = (0.8, 2.4)
"""Width of an odd view over that of the first look."""


class Framing(Enum):
    """How a view lies around its object."""

    FIRST = "the product's first look, around a click inside the object"
    WIDE = "the product's second look, three times as wide"
    FITTED = "the product's crop around the object as it was predicted, each face a little off"
    BOXED = "the product's crop around a box that somebody drew, each face some mm off"
    INSIDE = "inside an object that leaves the view"
    ODD = "any width, the object anywhere in it"


AS_SHOWN = {Framing.FIRST: 0.5, Framing.FITTED: 0.5}
"""Shares of framings where the product is imitated: to route and to measure."""
IN_TRAINING = {
    Framing.FIRST: 0.3,
    Framing.WIDE: 0.03,
    Framing.FITTED: 0.5,
    Framing.INSIDE: 0.1,
    Framing.ODD: 0.07,
}
IN_COARSE_TRAINING = {
    Framing.FIRST: 0.15,
    Framing.WIDE: 0.35,
    Framing.FITTED: 0.35,
    Framing.INSIDE: 0.08,
    Framing.ODD: 0.07,
}
"""Of coarse views: the second look is one."""
COARSE_SIZE = 32
"""Voxels along each axis of a coarse view, or fewer."""


def draw_framing(shares: dict[Framing, float], rng: np.random.Generator) -> Framing:
    """Return a framing."""
    names = list(shares)
    return names[int(rng.choice(len(names), p=list(shares.values())))]


def frame(
    volume: Volume,
    bounds_ijk: NDArray[np.float64],
    click_ijk: NDArray[np.float64],
    framing: Framing,
    policy: CropPolicy,
    rng: np.random.Generator,
) -> Crop:
    """Return a crop of a volume.

    Args:
        volume: Where.
        bounds_ijk: (2, 3) outer faces of the object.
        click_ijk: (3,) a position inside it.
        framing: How.
        policy: How the weights want to look; without auto-zoom nothing is inside or odd.
        rng: Decides the rest.
    """
    low, high = bounds_ijk
    if framing is Framing.FIRST:
        return plan_around_points(volume, click_ijk, policy)
    if framing is Framing.WIDE and policy.auto_zoom:
        wider = replace(policy, spacing_mm=policy.spacing_mm * WIDE_LOOK)
        return plan_around_points(volume, click_ijk, wider)
    if framing is Framing.INSIDE and policy.auto_zoom:
        half = (high - low) * rng.uniform(*INSIDE_PART, 3) / (2 * policy.margin)
        return plan_around_bounds(volume, np.stack([click_ijk - half, click_ijk + half]), policy)
    reach = np.exp(rng.normal(0.0, FACE_JITTER, (2, 3)))
    seen = np.stack([click_ijk - (click_ijk - low) * reach[0],
                     click_ijk + (high - click_ijk) * reach[1]])  # fmt: skip
    if framing is Framing.ODD and policy.auto_zoom:
        spacing_mm = policy.spacing_mm * rng.uniform(*ODD_PART) * rng.uniform(0.8, 1.25, 3)
        shift = rng.uniform(-0.3, 0.3, 3) * spacing_mm * policy.size / volume.spacing_mm
        return make_crop(
            volume.ijk_to_ras, centre_ijk=click_ijk + shift, spacing_mm=spacing_mm,
            size=policy.size,
        )  # fmt: skip
    return plan_around_bounds(volume, seen, policy)
