"""Which part of the logits is the object the user clicked, and how far it reaches."""

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop
from ..geometry import patch_bounds, patch_slices
from ..volume import Volume
from .small_filters import components

UNCLICKED_LOGIT = np.float32(-1.0)
"""What a part of the mask becomes that no foreground click touches."""


def voxels_at(
    logits: NDArray[np.float32], crop: Crop, places_ijk: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the voxels (n, 3) of logits that hold those of places (N, 3) that the crop holds."""
    inside = crop.points_to_patch(places_ijk[crop.contains(places_ijk)])
    ratio = np.array(crop.size) / np.array(logits.shape)
    at = np.floor((inside + 0.5) / ratio).astype(np.int64)
    return np.clip(at, 0, np.array(logits.shape) - 1)


def without(logits: NDArray[np.float32], left_out: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return logits without a part of their foreground."""
    return np.where(left_out, np.minimum(logits, UNCLICKED_LOGIT), logits)


def clicked_components(
    logits: NDArray[np.float32], crop: Crop, pointed_ijk: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return the foreground components with a place that was pointed at, shape of `logits`.

    Without a place (N, 3) in any component, all that is foreground counts.
    """
    foreground = logits > 0
    if not foreground.any():
        return foreground
    at = voxels_at(logits, crop, pointed_ijk)
    at = at[foreground[tuple(at.T)]]
    if len(at) == 0:
        return foreground
    low, high = patch_bounds(foreground)
    tight = patch_slices(low, high)
    labels = components(foreground[tight])
    wanted = np.zeros(int(labels.max()) + 1, bool)
    wanted[labels[tuple((at - low).T)]] = True
    clicked = np.zeros_like(foreground)
    clicked[tight] = wanted[labels]
    return clicked


def object_bounds(
    logits: NDArray[np.float32], crop: Crop, pointed_ijk: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return the IJK bounds (2, 3) of the clicked components, or None where there is nothing."""
    chosen = clicked_components(logits, crop, pointed_ijk)
    if not chosen.any():
        return None
    box = patch_bounds(chosen)
    faces_ijk = crop.points_to_ijk(box * np.array(crop.size) / np.array(logits.shape) - 0.5)
    return np.stack([faces_ijk.min(axis=0), faces_ijk.max(axis=0)])


def faces_touched(logits: NDArray[np.float32], crop: Crop, volume: Volume) -> list[tuple[int, int]]:
    """Return the patch faces (axis, -1 or +1) the foreground reaches where the volume goes on."""
    low, high = crop.bounds_ijk()
    touched = []
    for n, axis in enumerate(crop.axes):
        for side in (-1, 1):
            goes_up = side * crop.step[n] > 0
            more = high[axis] < volume.shape_ijk[axis] - 1 if goes_up else low[axis] > 0
            slab = np.take(logits, 0 if side < 0 else -1, axis=n)
            if more and (slab > 0).any():
                touched.append((n, side))
    return touched


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the Dice of the masks of logits of one shape; 1 when both are empty."""
    a, b = one > 0, other > 0
    total = np.count_nonzero(a) + np.count_nonzero(b)
    return 2.0 * np.count_nonzero(a & b) / total if total else 1.0


def certainty(logits: NDArray[np.float32]) -> float:
    """Return the Dice of a mask with its own chances: 1 where all are 0 or 1, 0 without a mask."""
    chances = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
    drawn = logits > 0
    return float(2.0 * chances[drawn].sum() / (drawn.sum() + chances.sum()))
