"""Clicks that nobody made: in the middle of an object that was not begun with a click.

Who begins with a click makes it in the object's middle. Who begins with a box or with an earlier
mask clicks on errors only, and those lie at the border: over a few of them the model loses the
object. So it is told where the middle is.
"""

from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..crop import Crop
from ..geometry import patch_bounds, patch_slices
from ..prompts import FOREGROUND
from .prompts_ijk import PromptsIJK
from .small_filters import filtered

IN_A_MASK = 2
"""Places in an earlier mask."""
LEAST_DEPTH = 0.3
"""What was drawn into a box has a middle if it is so deep, in cube roots of its volume: a ball is
.62 deep, a rod hardly at all; and what is thin is often not what was meant."""
CLEAR = 0.7
"""How far from a place background clicks have to be, in depths of the place."""
APART = 2.0
"""How far places lie from each other, in depths of the deeper one."""
SHALLOW = 0.3
"""Places of less than this part of the greatest depth are none."""


def with_implied_clicks(
    prompts: PromptsIJK, previous: NDArray[np.float32], crop: Crop
) -> PromptsIJK:
    """Return prompts with foreground clicks before the others, in the middle of an object so far.

    They are unchanged where the object was begun with a click, and with a box until a foreground
    step confirmed what was drawn in it.

    Args:
        prompts: What was asked.
        previous: (d, h, w) logits of the object so far, NaN where nothing is known.
        crop: Where.
    """
    if prompts.mask is not None:
        most, least_depth = IN_A_MASK, 0.0
    elif prompts.box_ijk is not None and (prompts.step_labels[:-1] == FOREGROUND).any():
        most, least_depth = 1, LEAST_DEPTH
    else:
        return prompts
    beside_ijk = prompts.points_ijk[prompts.point_labels != FOREGROUND]
    places_ijk = inner_places(
        previous, crop, most=most, least_depth=least_depth, beside_ijk=beside_ijk
    )
    count = len(places_ijk)
    return replace(
        prompts,
        points_ijk=np.vstack([places_ijk, prompts.points_ijk]),
        point_steps=np.append(np.arange(count), prompts.point_steps + count),
        step_labels=np.append(np.full(count, FOREGROUND), prompts.step_labels),
        curve_steps=prompts.curve_steps + count,
    )


def inner_places(
    logits: NDArray[np.float32],
    crop: Crop,
    *,
    most: int,
    least_depth: float,
    beside_ijk: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where the foreground is deepest, (n, 3) IJK, the deepest place first.

    Args:
        logits: (d, h, w).
        crop: Where.
        most: No more places.
        least_depth: None at all if the deepest is not so deep, in cube roots of the volume.
        beside_ijk: (N, 3) clicks beside the object; places near them are left out.
    """
    nowhere = np.zeros((0, 3))
    foreground = logits > 0
    if not foreground.any():
        return nowhere
    ratio = np.array(crop.size) / np.array(logits.shape)
    spacing_mm = crop.spacing_mm * ratio
    depth_mm = _depth_mm(foreground, spacing_mm)
    deepest_mm = float(depth_mm.max())
    if deepest_mm < least_depth * np.cbrt(np.count_nonzero(foreground) * spacing_mm.prod()):
        return nowhere
    beside = (crop.points_to_patch(beside_ijk) + 0.5) / ratio - 0.5
    places = []
    for _ in range(most):
        at = np.unravel_index(int(depth_mm.argmax()), depth_mm.shape)
        here_mm, here = float(depth_mm[at]), np.array(at)
        if here_mm < SHALLOW * deepest_mm:
            break
        away_mm = np.linalg.norm((beside - here) * spacing_mm, axis=1)
        if (away_mm >= CLEAR * here_mm).all():
            places.append(here)
        depth_mm[_within(APART * here_mm, here, spacing_mm, depth_mm.shape)] = 0.0
    if not places:
        return nowhere
    return crop.points_to_ijk((np.array(places) + 0.5) * ratio - 0.5)


def _depth_mm(
    foreground: NDArray[np.bool_], spacing_mm: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return how far it is from each voxel to the background, (d, h, w); the patch ends in it."""
    low, high = patch_bounds(foreground)
    tight = patch_slices(low, high)
    around = np.pad(~foreground[tight], 1, constant_values=True)
    outside = sitk.GetImageFromArray(around.astype(np.uint8))
    outside.SetSpacing(spacing_mm[::-1].tolist())
    distance = sitk.SignedMaurerDistanceMapImageFilter()
    distance.SquaredDistanceOff()
    distance.UseImageSpacingOn()
    depth_mm = np.zeros(foreground.shape, np.float32)
    depth_mm[tight] = filtered(distance, outside)[1:-1, 1:-1, 1:-1]
    return np.maximum(depth_mm, 0.0)


def _within(
    radius_mm: float,
    middle: NDArray[np.int64],
    spacing_mm: NDArray[np.float64],
    shape: tuple[int, ...],
) -> NDArray[np.bool_]:
    """Return a ball around a voxel (x, y, z) of a grid of this shape (d, h, w)."""
    offsets = np.ogrid[tuple(slice(0, side) for side in shape)]
    parts = zip(offsets, middle, spacing_mm, strict=True)
    squares = sum(((offset - at) * mm) ** 2 for offset, at, mm in parts)
    return np.asarray(squares <= radius_mm**2)
