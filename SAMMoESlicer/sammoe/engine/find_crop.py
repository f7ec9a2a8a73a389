"""The first look at an object: which crop, which window, before its size is known."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..crop import (
    Crop,
    CropPolicy,
    plan_around_bounds,
    plan_around_points,
    quick_look,
    sees_all,
    similar,
    wide_look,
)
from ..geometry import box_is_empty, intersect_boxes
from ..model.extent import guessed_distances_mm
from ..prompts import FOREGROUND
from ..volume import Volume
from .decision import Decision
from .decode import Decoding
from .prompts_ijk import PromptsIJK
from .question import Question

EXCEEDED = 0.2
"""The chance that an object reaches farther than the crop is fitted to, towards each side: what is
cut off costs more than what is seen beside the object, and the less sure a look, the more."""
FEWEST_SLICES = 4
"""A volume of fewer is not fitted to: what is drawn in it looks like a plate, whatever it is."""


QUICK_SIDES = 16
"""A first look of such sides can be halved: what is encoded has sides that are multiples of 8."""


def first_count(prompts: PromptsIJK) -> int:
    """Return how many clicks and curves the first prediction of the object takes.

    None with a box, one with an earlier mask, otherwise all up to the first foreground one.
    """
    if prompts.box_ijk is not None:
        return 0
    if prompts.mask is not None:
        return 1
    return int(np.argmax(prompts.step_labels == FOREGROUND)) + 1


def first_crop(question: Question, policy: CropPolicy) -> Crop:
    """Return the crop of the first prompt: around the box, the earlier mask or what points."""
    prompts, volume = question.prompts, question.volume
    if prompts.box_ijk is not None:
        bounds = np.clip(prompts.box_ijk, -0.5, volume.shape_ijk - 0.5)
        return plan_around_bounds(volume, bounds, policy)
    if prompts.mask is not None:
        drawn = [curve.reach_ijk for curve in prompts.curves if curve.label == FOREGROUND]
        corners = np.vstack([prompts.points_ijk, *drawn, prompts.mask.box_ijk - 0.5])
        bounds = np.stack([corners.min(axis=0), corners.max(axis=0)])
        return plan_around_bounds(volume, bounds, policy)
    return plan_around_points(volume, prompts.object_ijk, policy)


def fit(
    decoding: Decoding,
    question: Question,
    crop: Crop,
    policy: CropPolicy,
    *,
    decided: Decision | None = None,
    drawn: Callable[[Crop, NDArray[np.float32], float], None] | None = None,
) -> tuple[Crop, Decision | None]:
    """Return the crop fitted to how far the first click's object seems to reach, and whose it is.

    Two looks of different widths guess six distances each; what they say of the same millimetres
    is put together. They are asked with one foreground click, as in training, and the crop holds
    every place that was pointed at. At the first of them the gate decides: an expert knows better
    how far its own objects reach. Where no extent is predicted nothing is decided yet.

    Args:
        decoding: Looks.
        question: What is asked.
        crop: The first look.
        policy: How to look.
        decided: Whose it is, where that is known already.
        drawn: Called with a crop, what a first look drew in it, and how sure it is: soon with half
            the resolution, then with the first look itself.
    """
    thin = bool((question.volume.shape_ijk < FEWEST_SLICES).any())
    if thin or not (policy.auto_zoom and decoding.predicts_extent):
        return crop, None
    click_ijk = question.prompts.foreground_ijk[:1]
    asked = replace(question, prompts=question.prompts.to_first_foreground())
    if drawn is not None and crop.size[0] % QUICK_SIDES == 0:
        quick = quick_look(question.volume, crop)
        decoding.extent(asked, quick, drawn=partial(drawn, quick))
    if decided is None:
        first = decoding.first_look(asked, crop, drawn=drawn and partial(drawn, crop))
        extent_logits, decided = first.extent_logits, first.decision
        expert = decoding.expert_id(decided)
    else:
        expert = decoding.expert_id(decided)
        extent_logits = decoding.extent(asked, crop, expert=expert)
    looks = [(extent_logits, crop.sides_mm)]
    if not sees_all(crop, question.volume):
        wide = wide_look(question.volume, click_ijk[0], crop)
        looks.append((decoding.extent(asked, wide, expert=expert), wide.sides_mm))
    distances_mm = guessed_distances_mm(looks, exceeded=EXCEEDED)
    reach = distances_mm / crop.spacing_mm * np.array([[-1.0], [1.0]])
    faces_ijk = crop.points_to_ijk(crop.points_to_patch(click_ijk) + reach)
    reached_ijk = np.vstack([faces_ijk, question.prompts.object_ijk])
    bounds_ijk = np.stack([reached_ijk.min(axis=0), reached_ijk.max(axis=0)])
    bounds_ijk = np.clip(bounds_ijk, -0.5, question.volume.shape_ijk - 0.5)
    fitted = plan_around_bounds(
        question.volume, bounds_ijk, replace(policy, margin=policy.first_margin)
    )
    return crop if similar(crop, fitted) else fitted, decided


def clicked_value(prompts: PromptsIJK, volume: Volume) -> float | None:
    """Return the median grey value of the 27 voxels where the object is first pointed at."""
    at = prompts.foreground_ijk
    if len(at) == 0 and prompts.box_ijk is not None:
        at = prompts.box_ijk.mean(axis=0, keepdims=True)
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
