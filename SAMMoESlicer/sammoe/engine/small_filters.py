"""SimpleITK's filters on what is as small as an object: on one thread.

Handing a part to every core takes longer than the work itself, and much longer where the cores
are at work on something else, as they are between two layers of a network.
"""

from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray


def filtered(image_filter: Any, *images: sitk.Image) -> NDArray[Any]:
    """Return what a filter makes of images, as an array (d, h, w) of its own.

    Args:
        image_filter: An object of SimpleITK's, set up.
        images: As many as it takes.
    """
    image_filter.SetNumberOfThreads(1)
    image_filter.SetNumberOfWorkUnits(1)
    made: NDArray[Any] = sitk.GetArrayFromImage(image_filter.Execute(*images))
    return made


def components(mask: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Return the number of each voxel's component, from 1, and 0 outside; shape of `mask`."""
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    return filtered(sitk.ConnectedComponentImageFilter(), image)
