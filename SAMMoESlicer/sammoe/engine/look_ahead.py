"""What was computed before it was asked for: where the first click of an object will look."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop
from ..intensity import IntensityWindow

NEAR_VOXELS = 1.0
"""A click this near to the place that was looked at, in voxels of the fitted crop along each axis,
is the same click: a hand moves that far while it presses."""


@dataclass(frozen=True, eq=False)
class LookAhead:
    """The crop that was found for a click nobody had made yet.

    Attributes:
        click_ijk: (3,) where the mouse rested.
        window: The grey values' window that was chosen there.
        crop: Fitted to the object there; its embedding is in the cache.
    """

    click_ijk: NDArray[np.float64]
    window: IntensityWindow | None
    crop: Crop

    def serves(self, click_ijk: NDArray[np.float64], window: IntensityWindow | None) -> bool:
        """Say whether a click (3,) may look at the same crop."""
        there, here = self.crop.points_to_patch(np.stack([self.click_ijk, click_ijk]))
        near = (np.abs(here - there) <= NEAR_VOXELS).all()
        inside = self.crop.contains(click_ijk[None]).all()
        return bool(near and inside and window == self.window)
