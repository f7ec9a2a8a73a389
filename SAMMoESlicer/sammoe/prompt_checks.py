"""Say clearly what is wrong with prompts, before anything is loaded."""

import numpy as np

from .errors import PromptError
from .geometry import box_corners, transform_points
from .prompts import FOREGROUND, PromptSet
from .volume import Volume


def check_prompts(prompts: PromptSet, volume: Volume) -> None:
    """Check that the prompts say where the object is, inside the volume.

    Raises:
        PromptError: Nothing to start from, or a click, curve, box or mask outside the volume.
    """
    if prompts.is_empty:
        raise PromptError("no prompt: place a foreground point in the object or draw a box")
    if prompts.box_ras is None and len(prompts) == 0:
        raise PromptError("a previous mask needs a point that says what to change")
    is_drawn = prompts.mask is not None and bool(prompts.mask.mask_kji.any())
    started = prompts.box_ras is not None or is_drawn
    if not started and not (prompts.step_labels == FOREGROUND).any():
        raise PromptError("place a foreground point in the object, or draw a box around it, first")
    points_ijk = volume.points_ijk(prompts.points_ras)
    outside = ~volume.contains(points_ijk)
    if outside.any():
        at = ", ".join(f"{value:.1f}" for value in prompts.points_ras[np.argmax(outside)])
        raise PromptError(f"the point ({at}) lies outside the volume, {_extent(volume)}")
    for number, curve in enumerate(prompts.curves, start=1):
        if not volume.contains(volume.points_ijk(curve.points_ras)).any():
            raise PromptError(f"curve {number} lies outside the volume, {_extent(volume)}")
    if prompts.box_corners_ras is not None:
        corners_ijk = volume.points_ijk(prompts.box_corners_ras)
        below = (corners_ijk <= -0.5).all(axis=0)
        if (below | (corners_ijk >= volume.shape_ijk - 0.5).all(axis=0)).any():
            raise PromptError(f"the box lies outside the volume, {_extent(volume)}")
    mask = prompts.mask
    if mask is not None and ((mask.box_ijk[0] < 0) | (mask.box_ijk[1] > volume.shape_ijk)).any():
        raise PromptError("the mask prompt is not on this volume's grid; choose one drawn on it")


def _extent(volume: Volume) -> str:
    corners_ijk = box_corners([np.full(3, -0.5), volume.shape_ijk - 0.5])
    ras = transform_points(corners_ijk, volume.ijk_to_ras)
    spans = [
        f"{name} {low:.0f} to {high:.0f}"
        for name, low, high in zip("RAS", ras.min(axis=0), ras.max(axis=0), strict=True)
    ]
    return f"which spans {', '.join(spans)} mm"
