"""Grey values for a crop of labels, another set each time: CT, CT angiography, MR, anything.

The result is a normalised patch as `sammoe.intensity` makes them: values in [-1, 1], and -1
outside the volume.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch.nn import functional as F

from ...intensity import BONE, BONE_HU, LUNG, LUNG_HU, SOFT_TISSUE, IntensityWindow
from .canvas import Array, Kind, smooth_noise

OUTSIDE = 255
"""Label of voxels beyond the volume."""

CT_WINDOWS = (SOFT_TISSUE, BONE, LUNG)
ODD_WINDOW_SHARE = 0.1
CT_SHARE = 0.6
LOW_CONTRAST_SHARE = 0.25
SKELETON = (Kind.BONE, Kind.RIB, Kind.VERTEBRA)
OFTEN_FAINT = (Kind.ORGAN, Kind.LESION, Kind.SHAPE)
"""What may hardly differ from its surroundings in CT; the others differ as their kinds do."""


@dataclass(frozen=True, eq=False)
class Palette:
    """Grey values of every label, in units of the final [-1, 1] range (not yet clipped).

    Attributes:
        means: (256,).
        texture: (256,) amplitude of slow variation inside a structure.
        rim: (256,) how much brighter the rim is than the inside.
        content: (256, 2) what a hollow organ holds above and below its fluid level; NaN: solid.
        noise: Standard deviation of a scan voxel's noise.
        bias: Strength of a multiplicative field over the patch.
    """

    means: Array
    texture: Array
    rim: Array
    content: Array
    noise: float
    bias: float


def paint(
    labels: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    target: int,
    rng: np.random.Generator,
    *,
    voxel: float | NDArray[np.float64],
    ct_share: float = CT_SHARE,
    lifelike: bool = False,
) -> Array:
    """Return grey values for a crop.

    Args:
        labels: (n, n, n), `OUTSIDE` beyond the volume.
        kinds: (256,) `Kind` of every label.
        target: The label that is sometimes given a low contrast to what surrounds it.
        rng: Decides everything.
        voxel: Typical size of a scan's voxel in patch voxels, one or (3,); above 1 blurs.
        ct_share: How often the patch is painted as CT.
        lifelike: Only give organs, lesions and the like such a contrast in CT: a rib is bright.

    Returns:
        (n, n, n) float32 in [-1, 1].
    """
    is_ct = rng.random() < ct_share
    palette = ct_palette(kinds, target, rng) if is_ct else free_palette(kinds, rng)
    if not (lifelike and is_ct) or kinds[target] in OFTEN_FAINT:
        _set_contrast(palette, labels, target, rng)
    n = labels.shape[0]
    patch = palette.means[labels]
    patch += palette.texture[labels] * smooth_noise(n, rng, cells=int(rng.integers(3, 13)))
    patch += _rims(labels, palette)
    _fill_contents(patch, labels, palette, rng)
    patch = _scan(np.clip(patch, -4.0, 4.0), palette.noise, rng, voxel=voxel)
    if palette.bias:
        patch = (patch + 1.0) * np.exp(palette.bias * smooth_noise(n, rng, cells=2)) - 1.0
    patch = np.clip(patch, -1.0, 1.0)
    patch[labels == OUTSIDE] = -1.0
    return patch.astype(np.float32)


def ct_palette(kinds: NDArray[np.uint8], target: int, rng: np.random.Generator) -> Palette:
    """Return Hounsfield-like values seen through the CT window the product takes for a target."""
    count = len(kinds)
    enhanced = rng.random() < 0.55
    vessel = rng.uniform(110, 380) if enhanced else rng.normal(42, 6)
    organ = rng.normal(60, 12 if not enhanced else 35, count)
    bone = rng.uniform(130, 420)
    values = {
        Kind.BACKGROUND: np.full(count, -1000.0 if rng.random() < 0.8 else rng.uniform(-200, 100)),
        Kind.FAT: rng.normal(-100, 8, count),
        Kind.MUSCLE: rng.normal(55, 6, count),
        Kind.ORGAN: organ,
        Kind.LUNG: np.full(count, rng.uniform(-900, -700)),
        Kind.BONE: rng.normal(bone, 40, count),
        Kind.RIB: rng.normal(bone, 40, count),
        Kind.VERTEBRA: np.full(count, bone * rng.uniform(0.5, 1.0)) + rng.normal(0, 15, count),
        Kind.VESSEL: np.where(rng.random(count) < 0.7, vessel, rng.normal(vessel, 40, count)),
        Kind.FLUID: rng.normal(8, 8, count),
        Kind.LESION: rng.normal(55, 35, count),
        Kind.BRAIN: organ + rng.normal(0, 15, count),
        Kind.BOWEL: rng.normal(40, 10, count),
        Kind.CARTILAGE: rng.normal(100, 30, count),
        Kind.SHAPE: rng.uniform(-120, 260, count),
        Kind.CORD: rng.normal(30, 8, count),
    }
    hounsfield = np.choose(kinds, [values[kind] for kind in Kind])
    rim = np.where(np.isin(kinds, SKELETON), rng.uniform(0, 500), 0.0)
    organs = np.isin(kinds, (Kind.ORGAN, Kind.SHAPE)) & (rng.random(count) < 0.15)
    rim = np.where(organs, rng.normal(0, 60, count), rim)
    texture = np.full(count, rng.uniform(0, 8)) + np.isin(kinds, SKELETON) * rng.uniform(0, 60)
    texture += np.isin(kinds, (Kind.ORGAN, Kind.SHAPE, Kind.LUNG)) * rng.uniform(0, 15, count)
    gas, fluid = rng.uniform(-950, -600, count), rng.choice([10.0, 40.0, 200.0], count)
    level = np.stack([np.where(rng.random(count) < 0.5, gas, fluid), fluid], axis=1)
    hollow = (kinds == Kind.BOWEL) | ((kinds == Kind.ORGAN) & (rng.random(count) < 0.08))
    window = _window_for(float(hounsfield[target]), rng)
    low, unit = window.lower, 2.0 / (window.upper - window.lower)
    return Palette(
        means=((hounsfield - low) * unit - 1.0).astype(np.float32),
        texture=(texture * unit).astype(np.float32),
        rim=(rim * unit).astype(np.float32),
        content=np.where(hollow[:, None], (level - low) * unit - 1.0, np.nan).astype(np.float32),
        noise=float(np.exp(rng.uniform(np.log(4), np.log(28))) * unit),
        bias=0.0,
    )


def _window_for(hounsfield: float, rng: np.random.Generator) -> IntensityWindow:
    """Return the window of `sammoe.intensity` for a clicked value, now and then another one."""
    if rng.random() < ODD_WINDOW_SHARE:
        return CT_WINDOWS[int(rng.integers(len(CT_WINDOWS)))]
    if hounsfield < LUNG_HU:
        return LUNG
    return BONE if hounsfield > BONE_HU else SOFT_TISSUE


def free_palette(kinds: NDArray[np.uint8], rng: np.random.Generator) -> Palette:
    """Return values without any meaning, partly shared by all labels of a kind; as in MR."""
    count = len(kinds)
    by_kind = rng.uniform(-0.9, 0.9, len(Kind))[kinds]
    means = np.where(rng.random(count) < 0.5, by_kind, rng.uniform(-0.95, 0.95, count))
    means = means + rng.normal(0, 0.03, count)
    if rng.random() < 0.4:
        means = rng.uniform(-0.5, 0.3) + means * rng.uniform(0.2, 0.6)
    if rng.random() < 0.5:
        means[0] = -1.0
    return Palette(
        means=means.astype(np.float32),
        texture=(rng.uniform(0, 0.08, count) * rng.uniform(0, 1)).astype(np.float32),
        rim=np.where(rng.random(count) < 0.15, rng.normal(0, 0.3, count), 0).astype(np.float32),
        content=np.full((count, 2), np.nan, np.float32),
        noise=float(np.exp(rng.uniform(np.log(0.01), np.log(0.1)))),
        bias=float(rng.uniform(0, 0.25)),
    )


def _set_contrast(
    palette: Palette, labels: NDArray[np.uint8], target: int, rng: np.random.Generator
) -> None:
    """Make the target visible against its most frequent neighbour, now and then only just."""
    mask = labels == target
    around = labels[ndimage.binary_dilation(mask, iterations=2) & ~mask]
    around = around[around != OUTSIDE]
    if around.size == 0:
        return
    beside = float(np.clip(palette.means[np.bincount(around, minlength=256).argmax()], -1, 1))
    contrast = abs(float(np.clip(palette.means[target], -1, 1)) - beside)
    if rng.random() < LOW_CONTRAST_SHARE:
        contrast = max(palette.noise * rng.uniform(0.5, 1.8), 0.03)
    elif contrast < max(0.08, palette.noise):
        contrast = rng.uniform(0.08, 0.5) + 0.7 * palette.noise
    else:
        return
    sign = rng.choice([-1.0, 1.0])
    if abs(beside + sign * contrast) > 0.95:
        sign = -sign
    palette.means[target] = beside + sign * contrast
    palette.rim[target] = 0.0
    palette.texture[target] = min(palette.texture[target], 0.2 * contrast)
    palette.content[target] = np.nan


def _rims(labels: NDArray[np.uint8], palette: Palette) -> Array:
    rim = palette.rim[labels]
    has_rim = (rim != 0).astype(np.float32)
    if not has_rim.any():
        return rim
    width = max(3, labels.shape[0] // 12 | 1)
    return rim * np.clip(2.0 - 2.0 * ndimage.uniform_filter(has_rim, width), 0.0, 1.0)


def _fill_contents(
    patch: Array, labels: NDArray[np.uint8], palette: Palette, rng: np.random.Generator
) -> None:
    above = palette.content[labels, 0]
    hollow = np.isfinite(above)
    if not hollow.any():
        return
    lumen = ndimage.uniform_filter(hollow.astype(np.float32), 3) > rng.uniform(0.8, 0.99)
    lumen &= hollow
    axis, n = rng.integers(3), labels.shape[0]
    where = np.flatnonzero(lumen.any(axis=tuple(a for a in range(3) if a != axis)))
    if where.size == 0:
        return
    shape = [1, 1, 1]
    shape[axis] = n
    upper = (np.arange(n) > rng.choice(where)).reshape(shape) & lumen
    patch[lumen] = palette.content[labels[lumen], 1]
    patch[upper] = above[upper]


def _scan(
    patch: Array, noise: float, rng: np.random.Generator, *, voxel: float | NDArray[np.float64]
) -> Array:
    """Average over scan voxels, add their noise, and interpolate back to the patch."""
    n = patch.shape[0]
    voxels = voxel * np.exp(rng.normal(0, 0.2, 3))
    if rng.random() < 0.25:
        voxels[rng.integers(3)] *= rng.uniform(1.3, 3.0)
    grid = [int(np.clip(round(n / v), 6, n)) for v in voxels]
    image = torch.from_numpy(patch)[None, None]
    if grid != [n, n, n]:
        image = F.interpolate(image, size=grid, mode="area")
    grain = rng.standard_normal(grid).astype(np.float32)
    if rng.random() < 0.5:
        sigma = rng.uniform(0.4, 0.9)
        grain = ndimage.gaussian_filter(grain, sigma)
        grain /= max(float(grain.std()), 1e-6)
    scanned = image + noise * torch.from_numpy(grain)
    if grid != [n, n, n]:
        scanned = F.interpolate(scanned, size=(n, n, n), mode="trilinear", align_corners=False)
    return scanned[0, 0].numpy()
