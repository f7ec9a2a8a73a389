"""The prompts as the model sees them: in the frame of a patch, an earlier mask on it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop, extract_patch
from ..geometry import Matrix
from ..prompts import FOREGROUND, MaskPrompt
from ..volume import Volume
from .prompts_ijk import PromptsIJK

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


def place_prompts(prompts: PromptsIJK, crop: Crop, *, boxes_trained: bool) -> PlacedPrompts:
    """Return the prompts in the patch's frame.

    A box for weights that were never trained on boxes becomes a foreground point in its middle;
    clicks outside the patch say nothing about it and stay away.
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
