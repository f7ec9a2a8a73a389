"""A drawn box says where the object ends: what lies beyond is not part of the mask."""

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..crop import Crop
from ..prompts import FOREGROUND, PromptSet
from ..volume import Volume
from .objects import UNWANTED_LOGIT, cells_of

MARGIN_MM = 10.0
MARGIN_OF_SIDE = 0.15


def keep_to_box(
    logits: NDArray[np.float32], crop: Crop, prompts: PromptSet, volume: Volume
) -> NDArray[np.float32]:
    """Return the logits (d, h, w) without what a box forbids; without a box, as they are.

    The mask reaches beyond the box by a margin only, and a component that stays outside the box
    is dropped. A foreground click outside moves the box's faces to it.
    """
    bounds = prompts.box_bounds_ijk(volume.ijk_to_ras)
    if bounds is None:
        return logits
    clicks = prompts.points_ijk(volume.ijk_to_ras)[prompts.point_labels == FOREGROUND]
    corners = np.vstack([bounds, clicks])
    bounds = np.stack([corners.min(axis=0), corners.max(axis=0)])
    side_mm = (bounds[1] - bounds[0]) * volume.spacing_mm
    margin_ijk = np.maximum(MARGIN_MM, MARGIN_OF_SIDE * side_mm) / volume.spacing_mm
    allowed = cells_of(bounds + np.stack([-margin_ijk, margin_ijk]), crop, logits.shape)
    foreground = np.zeros(logits.shape, bool)
    foreground[allowed] = logits[allowed] > 0
    kept = _components_in(foreground, cells_of(bounds, crop, logits.shape))
    return np.where(kept, logits, np.minimum(logits, UNWANTED_LOGIT))


def _components_in(
    foreground: NDArray[np.bool_], region: tuple[slice, slice, slice]
) -> NDArray[np.bool_]:
    """Return the components of the foreground that reach into a region."""
    image = sitk.GetImageFromArray(foreground.astype(np.uint8))
    labels = sitk.GetArrayFromImage(sitk.ConnectedComponent(image))
    wanted = np.unique(labels[region])
    return np.isin(labels, wanted[wanted > 0])
