"""What was computed before it was asked for: where a first click looks, and whose it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop
from ..intensity import IntensityWindow
from ..options import PredictOptions
from .decision import Decision, deciding

NEAR_VOXELS = 1.0
"""A click this near to the place that was looked at, in voxels of the fitted crop along each axis,
is the same click: a hand moves that far while it presses."""


@dataclass(frozen=True, eq=False)
class LookAhead:
    """The crop that was found for a click nobody had made yet.

    Attributes:
        click_ijk: (3,) where the mouse rested.
        window: The grey values' window that was chosen there.
        options: With which it was asked.
        crop: Fitted to the object there; its embedding is in the cache.
        decision: Whose prompt it was, if that was decided before the fitted look.
    """

    click_ijk: NDArray[np.float64]
    window: IntensityWindow | None
    options: PredictOptions
    crop: Crop
    decision: Decision | None

    def serves(
        self,
        click_ijk: NDArray[np.float64],
        window: IntensityWindow | None,
        options: PredictOptions,
    ) -> bool:
        """Say whether a click (3,) may look at the same crop."""
        there, here = self.crop.points_to_patch(np.stack([self.click_ijk, click_ijk]))
        near = (np.abs(here - there) <= NEAR_VOXELS).all()
        inside = self.crop.contains(click_ijk[None]).all()
        same = window == self.window and deciding(options) == deciding(self.options)
        return bool(near and inside and same)
