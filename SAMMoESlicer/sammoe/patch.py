"""A patch as the model sees it, cut and normalised; the same for the product and for training."""

import numpy as np
from numpy.typing import NDArray

from .crop import Crop, extract_patch
from .intensity import IntensityWindow, apply_window, normalise_positive
from .volume import Volume


def prepare_patch(
    volume: Volume, crop: Crop, window: IntensityWindow | None
) -> NDArray[np.float32]:
    """Return the normalised patch, shape `crop.size`: windowed, or SAM-Med3D's way for None."""
    if window is None:
        return normalise_positive(extract_patch(volume, crop, fill=0.0))
    patch = extract_patch(volume, crop, fill=window.lower, antialias=True)
    return apply_window(patch, window)


def patch_context(crop: Crop, window: IntensityWindow | None) -> NDArray[np.float32]:
    """Return what is known of a patch (4,): mm between voxels, 1 for CT; NaN without a window."""
    if window is None:
        return np.full(4, np.nan, np.float32)
    return np.array([*crop.spacing_mm, float(window.is_ct)], np.float32)
