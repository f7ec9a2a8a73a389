"""Choose the crop from prompts, an earlier mask and a region; it decides more than the network."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..volume import Volume
from .crop import Crop, make_crop, patch_axes


@dataclass(frozen=True)
class CropPolicy:
    """How a family of weights wants to look.

    Attributes:
        size: Patch voxels along each axis.
        auto_zoom: Fit the crop to the predicted object during the first clicks.
        spacing_mm: The patch voxel size the weights prefer; with `auto_zoom` the first look's.
        margin: Crop extent over object extent.
        first_margin: The same where the extent is a guess from the first click, and a far one.
        max_anisotropy: Largest over smallest crop extent.
        min_extent_mm: No axis of the crop is shorter.
        refit_click: The click at which the crop is fitted to the mask: earlier a mask tells less of
            the object than its first click did.
    """

    size: int
    auto_zoom: bool
    spacing_mm: float
    margin: float = 1.75
    first_margin: float = 1.5
    max_anisotropy: float = 3.0
    min_extent_mm: float = 20.0
    refit_click: int = 4


def plan_around_points(volume: Volume, points_ijk: ArrayLike, policy: CropPolicy) -> Crop:
    """Return the first look: the policy's spacing around the clicks (N, 3), widened to hold all."""
    points = np.asarray(points_ijk, dtype=np.float64).reshape(-1, 3)
    bounds = np.stack([points.min(axis=0), points.max(axis=0)])
    needed_mm = _extent_mm(volume, bounds) * 1.25
    spacing_mm = np.maximum(policy.spacing_mm, needed_mm / policy.size)
    centre = points[0] if len(points) == 1 else bounds.mean(axis=0)
    return make_crop(volume.ijk_to_ras, centre_ijk=centre, spacing_mm=spacing_mm, size=policy.size)


def plan_around_bounds(volume: Volume, bounds_ijk: ArrayLike, policy: CropPolicy) -> Crop:
    """Return the crop for an object or a drawn region with IJK bounds (2, 3).

    With auto-zoom the spacing is fitted per axis; otherwise the policy's spacing is kept unless
    the region does not fit.
    """
    bounds = np.asarray(bounds_ijk, dtype=np.float64)
    extent_mm = _extent_mm(volume, bounds)
    if policy.auto_zoom:
        wanted_mm = np.maximum(extent_mm * policy.margin, policy.min_extent_mm)
        wanted_mm = np.maximum(wanted_mm, wanted_mm.max() / policy.max_anisotropy)
        spacing_mm = wanted_mm / policy.size
    else:
        spacing_mm = np.maximum(policy.spacing_mm, extent_mm * 1.1 / policy.size)
    return make_crop(
        volume.ijk_to_ras, centre_ijk=bounds.mean(axis=0), spacing_mm=spacing_mm, size=policy.size
    )


def plan_next(
    volume: Volume,
    crop: Crop,
    points_ijk: ArrayLike,
    *,
    object_bounds_ijk: Callable[[], NDArray[np.float64] | None],
    policy: CropPolicy,
    fit: bool,
) -> Crop:
    """Return the crop for the next click: the same one unless there is a reason to move.

    Args:
        volume: The volume.
        crop: The crop so far.
        points_ijk: (N, 3) all foreground clicks, the new one included; none where the object was
            begun with a box or an earlier mask.
        object_bounds_ijk: Returns bounds (2, 3) of the mask so far, or None where it is empty.
            Most clicks do without.
        policy: How to look.
        fit: The crop may still be fitted to the object (auto-zoom).
    """
    points = np.asarray(points_ijk, dtype=np.float64).reshape(-1, 3)
    escaped = not crop.contains(points, margin=1.0).all()
    if not escaped and not (fit and policy.auto_zoom):
        return crop
    bounds = object_bounds_ijk()
    if bounds is None and not escaped:
        return crop
    fitted = plan_around_bounds(volume, _around(points, bounds), policy)
    return fitted if escaped or not similar(crop, fitted) else crop


def _around(points: NDArray[np.float64], bounds: NDArray[np.float64] | None) -> NDArray[np.float64]:
    if bounds is not None:
        points = np.vstack([points, bounds])
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _extent_mm(volume: Volume, bounds_ijk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the bounds' extent in mm along the patch's axes, shape (3,)."""
    axes, _ = patch_axes(volume.ijk_to_ras)
    return ((bounds_ijk[1] - bounds_ijk[0]) * volume.spacing_mm)[list(axes)]


def similar(a: Crop, b: Crop, *, ratio: float = 1.15, shift: float = 0.1) -> bool:
    """Say whether moving from a to b is not worth another encoding."""
    scale = b.spacing_mm / a.spacing_mm
    middle = (np.array(b.size) - 1) / 2
    off = a.points_to_patch(b.points_to_ijk(middle))[0] - (np.array(a.size) - 1) / 2
    near = (np.abs(off) <= shift * np.array(a.size)).all()
    return bool(near and (scale <= ratio).all() and (scale >= 1 / ratio).all())
