"""The first look at an object: which crop, which window, before its size is known."""

import numpy as np
from numpy.typing import NDArray

from ..crop import (
    Crop,
    CropPolicy,
    fill,
    make_crop,
    plan_around_bounds,
    plan_around_points,
    plan_next,
)
from ..geometry import box_is_empty, intersect_boxes
from ..prompts import FOREGROUND, PromptSet
from ..volume import Volume
from .looker import Looker, Request
from .objects import object_bounds


def first_count(prompts: PromptSet) -> int:
    """Return how many clicks the first prediction of the object takes.

    None with a box, one with an earlier mask, otherwise all up to the first foreground click.
    """
    if prompts.box_ras is not None:
        return 0
    if prompts.mask is not None:
        return 1
    return int(np.argmax(prompts.point_labels == FOREGROUND)) + 1


def first_crop(request: Request, policy: CropPolicy) -> Crop:
    """Return the crop of the first prompt: around the box, the earlier mask or the click."""
    prompts, volume = request.prompts, request.volume
    bounds = prompts.box_bounds_ijk(volume.ijk_to_ras)
    if bounds is not None:
        return plan_around_bounds(volume, np.clip(bounds, -0.5, volume.shape_ijk - 0.5), policy)
    points_ijk = prompts.points_ijk(volume.ijk_to_ras)
    if prompts.mask is not None and not box_is_empty(prompts.mask.box_ijk):
        corners = np.vstack([points_ijk, prompts.mask.box_ijk - 0.5])
        bounds = np.stack([corners.min(axis=0), corners.max(axis=0)])
        return plan_around_bounds(volume, bounds, policy)
    return plan_around_points(volume, foreground_ijk(prompts, volume), policy)


def zoom(looker: Looker, request: Request, crop: Crop, policy: CropPolicy) -> Crop:
    """Return the crop fitted to what the general decoder sees around the first click.

    An object that is not seen at all is taken to be small: look from half as far.
    """
    if not policy.auto_zoom:
        return crop
    volume = request.volume
    points_ijk = foreground_ijk(request.prompts, volume)
    for _ in range(policy.first_passes - 1):
        logits = looker.decode_one(request, crop, None, expert=None)
        bounds = object_bounds(logits, crop, request.prompts, volume)
        if bounds is None:
            fitted = closer(volume, crop, points_ijk, policy)
        elif policy.calm_fill[0] <= fill(crop, bounds) <= policy.calm_fill[1]:
            break
        else:
            fitted = plan_next(
                volume, crop, points_ijk, object_bounds_ijk=bounds, policy=policy, fit=True
            )
        if fitted is crop:
            break
        crop = fitted
    return crop


def closer(volume: Volume, crop: Crop, points_ijk: NDArray[np.float64], policy: CropPolicy) -> Crop:
    """Return a crop of half the extent around the clicks, or the same one at the closest."""
    spacing_mm = np.maximum(crop.spacing_mm / 2, policy.min_extent_mm / policy.size)
    centre_ijk = points_ijk.mean(axis=0)
    near = make_crop(
        volume.ijk_to_ras, centre_ijk=centre_ijk, spacing_mm=spacing_mm, size=policy.size
    )
    shrunk = (spacing_mm < crop.spacing_mm).any()
    return near if shrunk and near.contains(points_ijk, margin=1.0).all() else crop


def foreground_ijk(prompts: PromptSet, volume: Volume) -> NDArray[np.float64]:
    """Return the foreground clicks as IJK, shape (n, 3)."""
    return prompts.points_ijk(volume.ijk_to_ras)[prompts.point_labels == FOREGROUND]


def clicked_value(prompts: PromptSet, volume: Volume) -> float | None:
    """Return the median grey value of the 27 voxels where the object is first pointed at."""
    at = foreground_ijk(prompts, volume)
    bounds = prompts.box_bounds_ijk(volume.ijk_to_ras)
    if len(at) == 0 and bounds is not None:
        at = bounds.mean(axis=0, keepdims=True)
    if len(at) == 0:
        return None
    voxel = np.floor(at[0] + 0.5).astype(np.int64)
    box = np.stack([voxel - 1, voxel + 2])
    box = intersect_boxes(box, np.stack([np.zeros(3, np.int64), volume.shape_ijk]))
    if box_is_empty(box):
        return None
    (i0, j0, k0), (i1, j1, k1) = box.tolist()
    values = volume.array_kji[k0:k1, j0:j1, i0:i1]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else None
