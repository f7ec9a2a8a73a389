"""How the weights of a bundle want to look: one policy for the product and for training."""

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..volume import Volume
from .crop import Crop, make_crop
from .plan import CropPolicy

FIRST_LOOK_MM = 112.0
WIDE_LOOK = 3.0
"""How many times as wide as the first look the second one is."""
FEWEST_VOXELS = 16
"""A first look is at least so many voxels of the volume wide."""
WIDE_SIZE = 32
"""Voxels along each axis of the second look: it need not be sharp."""


class PatchInput(Protocol):
    """What a bundle's card says of its patches."""

    @property
    def patch_size(self) -> int:
        """Voxels along each axis."""

    @property
    def spacing_mm(self) -> float | None:
        """Their size, where the weights know one only."""

    @property
    def crop(self) -> str:
        """`fixed` or `auto-zoom`."""


def crop_policy(patch: PatchInput, *, size: int | None = None) -> CropPolicy:
    """Return how weights want to look.

    Args:
        patch: As the bundle's card says.
        size: Voxels along each axis of a patch of the same width; None: as the card says.
    """
    size = size or patch.patch_size
    width_mm = FIRST_LOOK_MM if patch.spacing_mm is None else patch.spacing_mm * patch.patch_size
    return CropPolicy(size=size, auto_zoom=patch.crop == "auto-zoom", spacing_mm=width_mm / size)


def policy_for(policy: CropPolicy, volume: Volume) -> CropPolicy:
    """Return a policy that follows the scale of a volume, where the weights fit their crops.

    A volume smaller than the first look is first seen as a whole, and one of enormous voxels a
    few of them at a time: a micro-CT of 10 um and a map in metres are looked at like a scan.
    """
    if not policy.auto_zoom:
        return policy
    usual_mm = policy.spacing_mm * policy.size
    whole_mm = float((volume.spacing_mm * volume.shape_ijk).max())
    fewest_mm = FEWEST_VOXELS * float(volume.spacing_mm.min())
    width_mm = max(min(usual_mm, whole_mm), fewest_mm)
    scale = width_mm / usual_mm
    return replace(
        policy,
        spacing_mm=policy.spacing_mm * scale,
        min_extent_mm=policy.min_extent_mm * scale,
    )


def sees_all(crop: Crop, volume: Volume) -> bool:
    """Say whether a crop is as wide as the volume is, along every axis."""
    return bool((crop.spacing_mm * crop.size >= (volume.spacing_mm * volume.shape_ijk).max()).all())


def wide_look(volume: Volume, click_ijk: NDArray[np.float64], first: Crop) -> Crop:
    """Return the second, wider and coarser look around a click (3,), beside the first one."""
    spacing_mm = first.sides_mm * (WIDE_LOOK / WIDE_SIZE)
    return make_crop(volume.ijk_to_ras, centre_ijk=click_ijk, spacing_mm=spacing_mm, size=WIDE_SIZE)


def quick_look(volume: Volume, first: Crop) -> Crop:
    """Return the first look with half its resolution: an eighth of the work for a preview."""
    centre_ijk = first.points_to_ijk(np.array(first.size) // 2)[0]
    spacing_mm = 2 * first.spacing_mm
    return make_crop(
        volume.ijk_to_ras, centre_ijk=centre_ijk, spacing_mm=spacing_mm, size=first.size[0] // 2
    )
