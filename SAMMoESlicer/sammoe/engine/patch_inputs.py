"""The prompts as the model sees them: in the frame of a patch, an earlier mask on it."""

from dataclasses import dataclass, replace
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..crop import Crop, extract_patch
from ..geometry import Matrix
from ..model.backbone import UNKNOWN_LOGIT, Backbone
from ..prompts import FOREGROUND, MaskPrompt
from ..volume import Volume
from .curve_maps import curve_maps
from .implied_clicks import with_implied_clicks
from .prompts_ijk import PromptsIJK

GROWN_MM = 2.0
"""How far a box is drawn over a place of the object that lies beyond it, mm."""
MASK_LOGIT = 8.0
"""Logits of a mask that is certain: a previous segment given as a prompt."""


@dataclass(frozen=True, eq=False)
class PlacedPrompts:
    """Prompts in the frame of a patch.

    Attributes:
        point_coords: (N, 3) patch ijk; only clicks inside the patch.
        point_labels: (N,) 1 or 0.
        box: (2, 3) patch ijk low and high corner, or None.
    """

    point_coords: NDArray[np.float32]
    point_labels: NDArray[np.int64]
    box: NDArray[np.float32] | None


class PromptTensors(TypedDict):
    """The prompts as the model's methods take them, one object on the device."""

    point_coords: Tensor
    point_labels: Tensor
    box: Tensor | None
    mask_logits: Tensor | None
    curves: Tensor | None


def prompt_tensors(
    prompts: PromptsIJK,
    crop: Crop,
    previous: NDArray[np.float32] | None,
    *,
    family: Backbone,
    boxes_trained: bool,
    device: torch.device,
) -> PromptTensors:
    """Return what a family is given of the prompts of one object.

    Args:
        prompts: In the volume's frame.
        crop: Where is looked.
        previous: (d, h, w) logits the object had there, NaN where they are not known; or None.
        family: Says what it takes.
        boxes_trained: The weights know boxes.
        device: Where the model is.
    """
    if previous is not None and family.corrects_one_way:
        prompts = with_implied_clicks(prompts, previous, crop)
    placed = place_prompts(prompts, crop, boxes_trained=boxes_trained)
    if previous is None and family.starts_with_zero_logits:
        previous = np.zeros((family.logits_size,) * 3, np.float32)
    if previous is not None and not family.takes_unknown_parts:
        previous = np.nan_to_num(previous, nan=UNKNOWN_LOGIT)
    box = None if placed.box is None else torch.from_numpy(placed.box)[None].to(device)
    mask = None if previous is None else torch.from_numpy(previous)[None, None].to(device)
    curves = None
    if prompts.curves:
        curves = torch.from_numpy(curve_maps(prompts.curves, crop))[None].to(device)
    return {
        "point_coords": torch.from_numpy(placed.point_coords)[None].to(device),
        "point_labels": torch.from_numpy(placed.point_labels)[None].to(device),
        "box": box,
        "mask_logits": mask,
        "curves": curves,
    }


def place_prompts(prompts: PromptsIJK, crop: Crop, *, boxes_trained: bool) -> PlacedPrompts:
    """Return the prompts in the patch's frame.

    A box for weights that were never trained on boxes becomes a foreground point in its middle;
    clicks outside the patch say nothing about it and stay away. Where a click shows that a box was
    drawn too small, it is made larger.
    """
    points_ijk, labels, bounds = prompts.points_ijk, prompts.point_labels, prompts.box_ijk
    if bounds is not None and not boxes_trained:
        points_ijk = np.vstack([bounds.mean(axis=0), points_ijk])
        labels = np.append(FOREGROUND, labels)
        bounds = None
    inside = crop.contains(points_ijk)
    box = None
    if bounds is not None:
        corners = crop.points_to_patch(bounds)
        margin = GROWN_MM / crop.spacing_mm
        places = crop.points_to_patch(prompts.object_ijk)
        corners = np.vstack([corners, places - margin, places + margin])
        box = np.stack([corners.min(axis=0), corners.max(axis=0)])
        box = np.clip(box, -0.5, np.array(crop.size) - 0.5).astype(np.float32)
    coords = crop.points_to_patch(points_ijk[inside]).astype(np.float32)
    return PlacedPrompts(coords, labels[inside], box)


def mask_to_logits(mask: MaskPrompt, volume: Volume, crop: Crop, size: int) -> NDArray[np.float32]:
    """Return a mask prompt as logits on a crop, shape (size, size, size)."""
    shift: Matrix = np.eye(4)
    shift[:3, 3] = mask.box_ijk[0]
    part = Volume(mask.mask_kji.astype(np.float32), volume.ijk_to_ras @ shift)
    moved = replace(crop, origin_ijk=crop.origin_ijk - mask.box_ijk[0])
    patch = extract_patch(part, moved, fill=0.0)
    r = crop.size[0] // size
    coarse = patch.reshape(size, r, size, r, size, r).mean(axis=(1, 3, 5))
    return ((coarse - 0.5) * (2 * MASK_LOGIT)).astype(np.float32)
