"""Overlap and distance of two masks, through MONAI, on the part of the grid that matters."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..geometry import bounding_box, box_slices_kji, unite_boxes
from ..overlap import dice

MARGIN_VOXELS = 2


@dataclass(frozen=True)
class MaskScores:
    """How well a mask fits.

    Attributes:
        dice: 0 to 1.
        nsd: Share of both surfaces within the tolerance of the other, 0 to 1.
        hd95_mm: 95th percentile of the surface distances; the grid's diagonal for an empty mask.
    """

    dice: float
    nsd: float
    hd95_mm: float


def score_mask(
    mask_kji: NDArray[np.bool_],
    truth_kji: NDArray[np.bool_],
    spacing_kji: NDArray[np.float64],
    *,
    nsd_mm: float,
) -> MaskScores:
    """Return Dice, surface Dice and 95 % Hausdorff distance.

    Args:
        mask_kji: bool, what was predicted.
        truth_kji: bool, the same shape, at least one voxel.
        spacing_kji: (3,) mm along k, j, i.
        nsd_mm: Tolerance of the surface Dice.
    """
    if not mask_kji.any():
        diagonal_mm = float(np.linalg.norm(np.array(truth_kji.shape) * spacing_kji))
        return MaskScores(0.0, 0.0, diagonal_mm)
    mask, truth = _common_part(mask_kji, truth_kji)
    return MaskScores(dice(mask, truth), *_surfaces(mask, truth, spacing_kji, nsd_mm))


def _surfaces(
    mask: NDArray[np.bool_], truth: NDArray[np.bool_], spacing: NDArray[np.float64], nsd_mm: float
) -> tuple[float, float]:
    from monai.metrics import compute_hausdorff_distance, compute_surface_dice

    predicted, true = (torch.from_numpy(part)[None, None] for part in (mask, truth))
    how = {"include_background": True, "spacing": spacing.tolist()}
    with warnings.catch_warnings():
        # MONAI 1.6 warns of an argument it passes to itself; may go with 1.7.
        warnings.simplefilter("ignore", FutureWarning)
        nsd = compute_surface_dice(predicted, true, class_thresholds=[nsd_mm], **how)
        hd95 = compute_hausdorff_distance(predicted, true, percentile=95, **how)
    return float(nsd), float(hd95)


def _common_part(
    mask: NDArray[np.bool_], truth: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Cut both masks to the box that holds them, with an empty margin all around."""
    box = unite_boxes(bounding_box(mask), bounding_box(truth))
    parts = (np.pad(part[box_slices_kji(box)], MARGIN_VOXELS) for part in (mask, truth))
    first, second = parts
    return first, second
