"""The first look at an object: which crop, which window, before its size is known."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..crop import (
    Crop,
    CropPolicy,
    plan_around_bounds,
    plan_around_points,
    sees_all,
    similar,
    wide_look,
)
from ..geometry import box_is_empty, intersect_boxes, ras_to_ijk
from ..model.extent import expected_distances_mm
from ..prompts import FOREGROUND, CurvePrompt, PromptSet
from ..volume import Volume
from .curve_clicks import ALONE, curve_clicks
from .decode import Decoding, Drawn, Request

FEWEST_SLICES = 4
"""A volume of fewer is not fitted to: what is drawn in it looks like a plate, whatever it is."""


def first_count(prompts: PromptSet) -> int:
    """Return how many clicks and curves the first prediction of the object takes.

    None with a box, one with an earlier mask, otherwise all up to the first foreground one.
    """
    if prompts.box_ras is not None:
        return 0
    if prompts.mask is not None:
        return 1
    return int(np.argmax(prompts.step_labels == FOREGROUND)) + 1


def first_crop(request: Request, policy: CropPolicy) -> Crop:
    """Return the crop of the first prompt: around the box, the earlier mask or what points."""
    prompts, volume = request.prompts, request.volume
    bounds = prompts.box_bounds_ijk(volume.ijk_to_ras)
    if bounds is not None:
        return plan_around_bounds(volume, np.clip(bounds, -0.5, volume.shape_ijk - 0.5), policy)
    points_ijk = prompts.points_ijk(volume.ijk_to_ras)
    if prompts.mask is not None and not box_is_empty(prompts.mask.box_ijk):
        drawn_ijk = drawn_object_ijk(request.curves, volume)
        corners = np.vstack([points_ijk, drawn_ijk, prompts.mask.box_ijk - 0.5])
        bounds = np.stack([corners.min(axis=0), corners.max(axis=0)])
        return plan_around_bounds(volume, bounds, policy)
    return plan_around_points(volume, object_ijk(request), policy)


def fit(
    decoding: Decoding,
    request: Request,
    crop: Crop,
    policy: CropPolicy,
    *,
    drawn: Drawn | None = None,
) -> Crop:
    """Return the crop fitted to how far the first click's object seems to reach.

    Two looks of different widths guess six distances each; what they say of the same millimetres
    is put together. They are asked with one foreground click, as in training, and the crop holds
    every place that was pointed at.

    Args:
        decoding: Looks.
        request: What is asked.
        crop: The first look.
        policy: How to look.
        drawn: Called with what the first look drew.
    """
    thin = bool((request.volume.shape_ijk < FEWEST_SLICES).any())
    if thin or not (policy.auto_zoom and decoding.predicts_extent):
        return crop
    click_ijk = foreground_ijk(request.prompts, request.volume)[:1]
    asked = replace(request, prompts=request.prompts.first(first_count(request.prompts)))
    crops = [crop]
    if not sees_all(crop, request.volume):
        crops.append(wide_look(request.volume, click_ijk[0], crop))
    looks = [
        (
            decoding.extent(asked, look, drawn=drawn if look is crop else None),
            look.spacing_mm * np.array(look.size),
        )
        for look in crops
    ]
    distances_mm, _ = expected_distances_mm(looks)
    reach = distances_mm / crop.spacing_mm * np.array([[-1.0], [1.0]])
    faces_ijk = crop.points_to_ijk(crop.points_to_patch(click_ijk) + reach)
    reached_ijk = np.vstack([faces_ijk, object_ijk(request)])
    bounds_ijk = np.stack([reached_ijk.min(axis=0), reached_ijk.max(axis=0)])
    bounds_ijk = np.clip(bounds_ijk, -0.5, request.volume.shape_ijk - 0.5)
    fitted = plan_around_bounds(
        request.volume, bounds_ijk, replace(policy, margin=policy.first_margin)
    )
    return crop if similar(crop, fitted) else fitted


def foreground_ijk(prompts: PromptSet, volume: Volume) -> NDArray[np.float64]:
    """Return the foreground clicks as IJK, shape (n, 3)."""
    return prompts.points_ijk(volume.ijk_to_ras)[prompts.point_labels == FOREGROUND]


def object_ijk(request: Request) -> NDArray[np.float64]:
    """Return all places said to belong to the object as IJK, shape (n, 3)."""
    clicks_ijk = foreground_ijk(request.prompts, request.volume)
    return np.vstack([clicks_ijk, drawn_object_ijk(request.curves, request.volume)])


def pointed_ijk(request: Request) -> NDArray[np.float64]:
    """Return places inside the object as IJK, shape (n, 3): clicks, and many of a curve."""
    drawn = [
        curve_clicks(curve, request.volume, ALONE)
        for curve in request.curves
        if curve.label == FOREGROUND
    ]
    drawn_ijk = ras_to_ijk(np.vstack([np.zeros((0, 3)), *drawn]), request.volume.ijk_to_ras)
    return np.vstack([foreground_ijk(request.prompts, request.volume), drawn_ijk])


def drawn_object_ijk(curves: tuple[CurvePrompt, ...], volume: Volume) -> NDArray[np.float64]:
    """Return the points of foreground curves as IJK, shape (n, 3), those outside on the border."""
    points = [curve.points_ras for curve in curves if curve.label == FOREGROUND]
    points_ijk = ras_to_ijk(np.vstack([np.zeros((0, 3)), *points]), volume.ijk_to_ras)
    return np.clip(points_ijk, -0.5, volume.shape_ijk - 0.5)


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
