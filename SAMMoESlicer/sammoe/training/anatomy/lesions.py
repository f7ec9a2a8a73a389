"""Lesions as functions in mm: lumpy ellipsoids inside organs, muscles, bones, or across them."""

import numpy as np
import torch
from torch import Tensor

from .atlas import LESIONS
from .fields import smooth_field
from .tissues import Tissue

LEAST_MM, MOST_MM = 3.0, 45.0
"""Radii."""
LUMPS = 0.28
"""Amplitude of the surface's waves, as a part of the radius."""
HOSTS = (Tissue.LIVER, Tissue.SPLEEN, Tissue.KIDNEY, Tissue.PANCREAS, Tissue.GLAND, Tissue.ORGAN,
         Tissue.LUNG, Tissue.MUSCLE, Tissue.BONE, Tissue.RIB, Tissue.VERTEBRA, Tissue.FAT,
         Tissue.WHITE_MATTER, Tissue.GREY_MATTER, Tissue.DEEP_GREY, Tissue.SOFT)  # fmt: skip
TRIES = 24


def add_lesions(
    labels: Tensor,
    tissues: Tensor,
    sides_mm: np.ndarray,
    *,
    share: float,
    rng: np.random.Generator,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Put lesions into some views.

    Args:
        labels: (B, m, m, m) int64, below 0 beyond the volume.
        tissues: (B, K) `Tissue` of every label; the last `LESIONS` labels are free for lesions.
        sides_mm: (B, 3) what a crop measures.
        share: Of views that get any.
        rng: Decides where and how large.
        generator: Draws the lumps, on the device of `labels`.

    Returns:
        Labels with lesions, and the label (B, LESIONS) that each lesion lies in, -1 for none.
    """
    hosts = torch.full((len(labels), LESIONS), -1, dtype=torch.long, device=labels.device)
    wanted = rng.random(len(labels)) < share
    if not wanted.any():
        return labels, hosts
    rows = torch.as_tensor(np.flatnonzero(wanted), device=labels.device)
    chosen = labels[rows].clone()
    first = tissues.shape[1] - LESIONS
    for number in range(LESIONS):
        label = first + number
        centre, found = _centres(chosen, tissues[rows], rng)
        host = chosen[(torch.arange(len(rows), device=labels.device), *centre.long().unbind(1))]
        largest = sides_mm[wanted].max(axis=1)
        most = np.clip(0.3 * largest, LEAST_MM * 1.2, MOST_MM)
        radius_mm = np.exp(rng.uniform(np.log(LEAST_MM), np.log(most)))
        radii = radius_mm[:, None] * np.exp(rng.normal(0.0, 0.25, (len(rows), 3)))
        steps = sides_mm[wanted] / labels.shape[1]
        inside = _ellipsoids(chosen, centre, torch.as_tensor(radii / steps), generator)
        confined = torch.as_tensor(rng.random(len(rows)) < 0.6, device=labels.device)
        allowed = (chosen == host[:, None, None, None]) | ~confined[:, None, None, None]
        allowed &= chosen > 0
        there = torch.as_tensor(rng.random(len(rows)) < (1.0 if number == 0 else 0.35))
        place = inside & allowed & (found & there.to(found.device))[:, None, None, None]
        chosen = torch.where(place, label, chosen)
        hosts[rows, number] = torch.where(place.flatten(1).any(1), host, -1)
    labels = labels.clone()
    labels[rows] = chosen
    return labels, hosts


def _centres(labels: Tensor, tissues: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return a place (B, 3) inside an eligible tissue of every view, and whether there is one."""
    side = labels.shape[1]
    tries = torch.as_tensor(
        rng.integers(int(0.1 * side), int(0.9 * side), (len(labels), TRIES, 3)),
        device=labels.device,
    )
    view = torch.arange(len(labels), device=labels.device)[:, None]
    at = labels[view, tries[..., 0], tries[..., 1], tries[..., 2]]
    hosts = torch.tensor([int(tissue) for tissue in HOSTS], device=labels.device)
    good = torch.isin(tissues.gather(1, at.clamp(min=0)).long(), hosts) & (at > 0)
    best = good.float().argmax(dim=1)
    return tries[view[:, 0], best].float(), good.any(dim=1)


def _ellipsoids(
    labels: Tensor, centres: Tensor, radii: Tensor, generator: torch.Generator
) -> Tensor:
    """Return which voxels (B, m, m, m) lie in each view's ellipsoid; sizes in voxels."""
    radii = radii.to(labels.device, torch.float32)
    squared = torch.zeros(labels.shape, device=labels.device)
    index = torch.arange(labels.shape[1], device=labels.device)
    for axis in range(3):
        shape = [1, 1, 1, 1]
        shape[axis + 1] = -1
        away = (index - centres[:, axis, None]) / radii[:, axis, None]
        squared = squared + (away**2).reshape(len(labels), *shape[1:])
    lumps = LUMPS * smooth_field(labels, 9, generator)
    return squared.sqrt() < 1.0 + lumps
