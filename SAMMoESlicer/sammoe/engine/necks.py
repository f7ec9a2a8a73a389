"""What hangs on the clicked object by a thin neck is another object: a leak.

Where the model is sure, the foreground falls into cores; every other voxel belongs to the core it
is reached from downhill (a watershed of the logits). A part stays if it leans on what stays already
with an area that its size lets one expect, and all parts that were pointed at stay.
"""

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..crop import Crop
from ..geometry import patch_bounds, patch_slices
from .objects import clicked_components, voxels_at, without
from .prompts_ijk import PromptsIJK
from .small_filters import components, filtered

SURELY_INSIDE = 2.0
"""Cores are apart where no voxels of at least this logit join them."""
LIKELY_INSIDE = (SURELY_INSIDE, 1.5, 1.0)
"""After a single click one level after the other: a leak that the model half believes in has no
core at a higher one. Later it is left to the user, whom it has shown what it believes."""
LEVELS, HIGHEST = 256, np.iinfo(np.uint16).max
"""Levels of a logit that the watershed tells apart: floats would take longer."""
LEAST_CONTACT = 1.5
"""Area between two parts, in faces of a cube as large as the smaller of them."""


def without_hanging_parts(
    logits: NDArray[np.float32], crop: Crop, prompts: PromptsIJK
) -> NDArray[np.float32]:
    """Return logits without the parts that only a thin neck joins to what was pointed at.

    Components that nothing joins to it stay as they are, and so does everything where no
    foreground was pointed at; a box or an earlier mask asks for all of it.

    Args:
        logits: (d, h, w).
        crop: Where.
        prompts: Say what was pointed at.
    """
    at = voxels_at(logits, crop, prompts.inside_ijk)
    asks_for_all = prompts.box_ijk is not None or prompts.mask is not None
    if asks_for_all or not (logits[tuple(at.T)] > 0).any():
        return logits
    clicked = clicked_components(logits, crop, prompts.inside_ijk)
    held = clicked
    for level in LIKELY_INSIDE if len(prompts) == 1 else [SURELY_INSIDE]:
        held = _held(logits, held, at, level)
    return without(logits, clicked & ~held)


def _held(
    logits: NDArray[np.float32], kept: NDArray[np.bool_], at: NDArray[np.int64], level: float
) -> NDArray[np.bool_]:
    """Return what stays of a mask with some of the voxels (N, 3) in it."""
    low, high = patch_bounds(kept)
    tight = patch_slices(low, high)
    parts = _parts(logits[tight], kept[tight], level)
    if parts is None:
        return kept
    sizes = np.bincount(parts.ravel())
    contacts = _contacts(parts, len(sizes))
    near = at[((at >= low) & (at < high)).all(axis=1)] - low
    held = np.zeros(len(sizes), bool)
    held[parts[tuple(near.T)]] = True
    held[0] = False
    while True:
        least = LEAST_CONTACT * np.minimum(sizes, sizes[held].sum()) ** (2 / 3)
        more = ~held & (contacts[:, held].sum(axis=1) >= least)
        if not more.any():
            break
        held |= more
    stays = np.zeros_like(kept)
    stays[tight] = held[parts]
    return stays


def _parts(
    logits: NDArray[np.float32], kept: NDArray[np.bool_], level: float
) -> NDArray[np.int64] | None:
    """Return the number of each voxel's part, 0 outside; None if there are not several."""
    cores = components((logits >= level) & kept)
    if cores.max() < 2:
        return None
    heights = np.where(kept, HIGHEST - LEVELS * logits, HIGHEST).clip(0, HIGHEST).astype(np.uint16)
    watershed = sitk.MorphologicalWatershedFromMarkersImageFilter()
    watershed.MarkWatershedLineOff()
    basins = filtered(watershed, sitk.GetImageFromArray(heights), sitk.GetImageFromArray(cores))
    return np.where(kept, basins, 0).astype(np.int64)


def _contacts(parts: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return how many faces of voxels every two parts share, (count, count)."""
    shared = np.zeros((count, count), np.int64)
    for axis in range(3):
        one = np.take(parts, range(parts.shape[axis] - 1), axis)
        other = np.take(parts, range(1, parts.shape[axis]), axis)
        meet = (one != other) & (one > 0) & (other > 0)
        np.add.at(shared, (one[meet], other[meet]), 1)
    return shared + shared.T
