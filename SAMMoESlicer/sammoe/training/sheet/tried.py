"""One object, tried: with the product, as a user would, and with its true extent known."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from ...bundle import BundleCard
from ...crop import crop_policy, extract_patch, plan_around_bounds
from ...engine import Predictor
from ...evaluation import Series
from ...evaluation.click_loop import click_through
from ...geometry import bounding_box
from ...intensity import choose_window, sample_values
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ...overlap import dice
from ...patch import patch_context, prepare_patch
from ...volume import Volume
from ..loop.precision import precision
from ..users.plans import exact_user
from ..users.rollout import play

CLICKS = 5
SAME_EXTENT = 1.4
"""A side counts as found where it is at most so many times too long or too short."""
FALLS_BY = 0.005
"""A correct click that takes more Dice than this has made the mask worse."""
BOUNDARY_VOXELS = 1.5
"""Errors no farther from the true border than this are the boundary's, others lie far."""


@dataclass(frozen=True)
class Tried:
    """What one object gave.

    Attributes:
        dice: After each click, the product's own crops.
        dice_in_true_crop: After the first and the last click, in the crop around the true extent.
        sides_found: Of the three sides, how many the first mask has.
        boundary, far: What is lost of the Dice after the last click, by errors near the true border
            and by others; with the Dice they add up to 1.
        sent_to: The expert that the gate chose at the first click, or 'general'.
    """

    dice: tuple[float, ...]
    dice_in_true_crop: tuple[float, float]
    sides_found: int
    boundary: float
    far: float
    sent_to: str

    @property
    def falls(self) -> int:
        """How many clicks made the mask worse."""
        return int((np.diff(self.dice) < -FALLS_BY).sum())


def tried(
    predictor: Predictor, card: BundleCard, volume: Volume, truth_kji: NDArray[np.bool_]
) -> Tried:
    """Click through an object.

    Args:
        predictor: The product, with the volume set.
        card: How its patches are made.
        volume: The volume.
        truth_kji: bool, the true object, not empty.
    """
    predictor.reset()
    steps = list(click_through(predictor, volume, truth_kji, Series("points", CLICKS)))
    first, last = steps[0], steps[-1]
    boundary, far = lost_dice(last.mask_kji, truth_kji)
    return Tried(
        dice=tuple(dice(step.mask_kji, truth_kji) for step in steps),
        dice_in_true_crop=_in_true_crop(predictor.model, card, volume, truth_kji),
        sides_found=sides_found(first.mask_kji, truth_kji),
        boundary=boundary,
        far=far,
        sent_to=(first.result.expert if first.result is not None else None) or GENERAL,
    )


def sides_found(mask_kji: NDArray[np.bool_], truth_kji: NDArray[np.bool_]) -> int:
    """Return how many of an object's three sides its mask has, within `SAME_EXTENT`."""
    if not mask_kji.any():
        return 0
    sides, true_sides = (np.diff(bounding_box(m), axis=0)[0] for m in (mask_kji, truth_kji))
    ratio = sides / true_sides
    return int((np.maximum(ratio, 1 / ratio) <= SAME_EXTENT).sum())


def lost_dice(mask_kji: NDArray[np.bool_], truth_kji: NDArray[np.bool_]) -> tuple[float, float]:
    """Return what wrong voxels near the true border cost of the Dice, and what others do."""
    wrong = mask_kji ^ truth_kji
    inside = ndimage.distance_transform_edt(truth_kji)
    outside = ndimage.distance_transform_edt(~truth_kji)
    near = np.maximum(inside, outside) <= BOUNDARY_VOXELS
    both = mask_kji.sum() + truth_kji.sum()
    return float((wrong & near).sum() / both), float((wrong & ~near).sum() / both)


@torch.no_grad()
def _in_true_crop(
    model: SamMoE, card: BundleCard, volume: Volume, truth_kji: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return the general decoder's Dice after one click and after all, the extent being known."""
    low, high = bounding_box(truth_kji)
    crop = plan_around_bounds(volume, np.stack([low, high]) - 0.5, crop_policy(card.input))
    truth = Volume(truth_kji.astype(np.uint8), volume.ijk_to_ras)
    mask = torch.from_numpy(extract_patch(truth, crop, fill=0.0, antialias=True) > 0.5)[None]
    window = choose_window(sample_values(volume)) if card.input.normalisation == "window" else None
    device = next(model.parameters()).device
    patch = torch.from_numpy(prepare_patch(volume, crop, window))[None, None].to(device)
    context = torch.from_numpy(patch_context(crop, window))[None].to(device)
    mask = mask.to(device)
    if not mask.any():
        return 0.0, 0.0
    with precision(model.family, device):
        embedding = model.encode_image(patch, context)
        first, last = (
            play(
                model.family, model.general, embedding, mask, plan=exact_user(clicks),
                generator=torch.Generator(device).manual_seed(0),
            )
            for clicks in (1, CLICKS)
        )  # fmt: skip
    return float(first.dice.mean()), float(last.dice.mean())
