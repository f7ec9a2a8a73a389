"""Grey values for every label of a view: as CT of some phase, as MR, or without any meaning."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ...intensity import BONE, BONE_HU, LUNG, LUNG_HU, SOFT_TISSUE, IntensityWindow
from .tissues import LOOKS, Tissue

Array = NDArray[np.float64]

CT_WINDOWS = (SOFT_TISSUE, BONE, LUNG)
ODD_WINDOW_SHARE = 0.08
ENHANCED = (Tissue.ARTERY, Tissue.VEIN, Tissue.PORTAL, Tissue.BLOOD, Tissue.KIDNEY, Tissue.MEDULLA)
SKELETON = (Tissue.BONE, Tissue.RIB, Tissue.VERTEBRA)
SKULL_STRIPPED = (Tissue.WHITE_MATTER, Tissue.GREY_MATTER, Tissue.DEEP_GREY, Tissue.CSF,
                  Tissue.LESION, Tissue.CORD)  # fmt: skip
"""What a skull-stripped scan still shows."""

_TABLE = np.array([LOOKS[tissue] for tissue in Tissue])


class Modality(Enum):
    """What a view is painted as."""

    CT = "Hounsfield units through a window"
    MR = "grey values as a sequence weights them"
    FREE = "grey values without meaning"


@dataclass(frozen=True, eq=False)
class Palette:
    """Grey values of a view, in units of its final range of -1 to 1, not yet clipped.

    Attributes:
        modality: What it stands for.
        means: (K,) of every label.
        texture: (K,) amplitude of slow variation inside a label.
        rim: (K,) how much brighter the rim is than the inside.
        content: (K, 2) what fills a hollow label above and below its level; NaN: solid.
        fat: Of what lies between muscles.
        outside: Of places beyond the map.
        noise: Standard deviation of a scan voxel's noise.
        speckle: Strength of multiplicative noise.
        bias: Strength of a slow multiplicative field.
    """

    modality: Modality
    means: Array
    texture: Array
    rim: Array
    content: Array
    fat: float
    outside: float
    noise: float
    speckle: float
    bias: float


def draw_palette(
    tissues: NDArray[np.uint8], target: int, rng: np.random.Generator, *, modality: Modality
) -> Palette:
    """Return grey values for a view.

    Args:
        tissues: (K,) the `Tissue` of every label.
        target: A label of what is asked for: a click there decides a CT window.
        rng: Decides everything.
        modality: What to paint.
    """
    if modality is Modality.CT:
        return _ct(tissues, target, rng)
    return _mr(tissues, target, rng) if modality is Modality.MR else _free(tissues, rng)


def _ct(tissues: NDArray[np.uint8], target: int, rng: np.random.Generator) -> Palette:
    count = len(tissues)
    phase = int(rng.choice(3, p=(0.45, 0.2, 0.35)))
    column = _TABLE[:, phase].copy()
    strength = rng.uniform(0.5, 1.35)
    for tissue in ENHANCED:
        column[tissue] = _TABLE[tissue, 0] + strength * (column[tissue] - _TABLE[tissue, 0])
    spread = _TABLE[:, 3]
    by_tissue = column + rng.normal(0.0, 1.0, len(Tissue)) * spread
    hounsfield = by_tissue[tissues] + rng.normal(0.0, 0.4, count) * spread[tissues]
    bony = np.isin(tissues, SKELETON)
    hounsfield[bony] *= rng.uniform(0.5, 1.25)
    odd = tissues == Tissue.SHAPE
    hounsfield[odd] = rng.uniform(-120, 260, int(odd.sum()))
    rim = np.where(bony, rng.uniform(0, 450), 0.0)
    rim[tissues == Tissue.KIDNEY] = rng.uniform(0, 50)
    texture: Array = np.full(count, rng.uniform(0, 10)) + bony * rng.uniform(0, 60)
    texture = texture + np.isin(tissues, (Tissue.SOFT, Tissue.LESION)) * rng.uniform(0, 45)
    texture = texture + np.isin(tissues, (Tissue.FAT, Tissue.LUNG)) * rng.uniform(0, 30)
    window = _window_for(float(hounsfield[target]), rng)
    low, unit = window.lower, 2.0 / (window.upper - window.lower)
    return Palette(
        modality=Modality.CT,
        means=(hounsfield - low) * unit - 1.0,
        texture=np.asarray(texture * unit, np.float64),
        rim=rim * unit,
        content=(_ct_contents(tissues, rng) - low) * unit - 1.0,
        fat=float((by_tissue[Tissue.FAT] - low) * unit - 1.0),
        outside=-1.0,
        noise=float(np.exp(rng.uniform(np.log(4), np.log(30))) * unit),
        speckle=0.0,
        bias=0.0,
    )


def _ct_contents(tissues: NDArray[np.uint8], rng: np.random.Generator) -> Array:
    """Return Hounsfield units of gas and fluid in hollow labels (K, 2), NaN in solid ones."""
    count = len(tissues)
    fluids, often = (10.0, 25.0, 45.0, -60.0, 180.0, 350.0), (0.3, 0.25, 0.15, 0.1, 0.1, 0.1)
    fluid = rng.choice(fluids, count, p=often)
    gas = np.where(rng.random(count) < 0.5, rng.uniform(-990, -700, count), fluid)
    hollow = (tissues == Tissue.BOWEL) & (rng.random(count) < 0.75)
    hollow |= tissues == Tissue.LUMEN
    return np.where(hollow[:, None], np.stack([gas, fluid], axis=1), np.nan)


def _window_for(hounsfield: float, rng: np.random.Generator) -> IntensityWindow:
    """Return the window of `sammoe.intensity` for a clicked value, now and then another one."""
    if rng.random() < ODD_WINDOW_SHARE:
        return CT_WINDOWS[int(rng.integers(len(CT_WINDOWS)))]
    if hounsfield < LUNG_HU:
        return LUNG
    return BONE if hounsfield > BONE_HU else SOFT_TISSUE


def _mr(tissues: NDArray[np.uint8], target: int, rng: np.random.Generator) -> Palette:
    count = len(tissues)
    weights = rng.dirichlet((0.4, 0.4, 0.3))
    column = _TABLE[:, 4:7] @ weights
    if rng.random() < 0.3:
        column[[Tissue.ARTERY, Tissue.VEIN, Tissue.PORTAL, Tissue.BLOOD]] = rng.uniform(0.7, 1.1)
    if rng.random() < 0.15:
        column[[Tissue.FAT, Tissue.SKIN]] *= rng.uniform(0.1, 0.5)
    by_tissue = np.clip(column + rng.normal(0.0, 0.07, len(Tissue)), 0.0, 1.1)
    means = by_tissue[tissues] + rng.normal(0.0, 0.025, count)
    own = np.isin(tissues, (Tissue.LESION, Tissue.SHAPE, Tissue.ORGAN, Tissue.GLAND))
    means = np.where(own, np.clip(means + rng.normal(0.0, 0.15, count), 0.03, 1.1), means)
    if tissues[target] in SKULL_STRIPPED and rng.random() < 0.3:
        means = np.where(np.isin(tissues, SKULL_STRIPPED), means, 0.0)
    means = np.clip(means, 0.0, None) ** rng.uniform(0.7, 1.5)
    gain, low = rng.uniform(1.7, 2.6), rng.uniform(-0.05, 0.12)
    return Palette(
        modality=Modality.MR,
        means=(means - low) * gain - 1.0,
        texture=np.full(count, rng.uniform(0, 0.09), np.float64),
        rim=np.where(rng.random(count) < 0.08, rng.normal(0, 0.2, count), 0.0),
        content=np.full((count, 2), np.nan),
        fat=float((by_tissue[Tissue.FAT] - low) * gain - 1.0),
        outside=-1.0,
        noise=float(np.exp(rng.uniform(np.log(0.015), np.log(0.15)))),
        speckle=0.0,
        bias=float(rng.uniform(0, 0.35)),
    )


def _free(tissues: NDArray[np.uint8], rng: np.random.Generator) -> Palette:
    count = len(tissues)
    by_tissue = rng.uniform(-0.9, 0.9, len(Tissue))[tissues]
    means = np.where(rng.random(count) < 0.6, by_tissue, rng.uniform(-0.95, 0.95, count))
    if rng.random() < 0.4:
        means = rng.uniform(-0.6, 0.3) + means * rng.uniform(0.15, 0.6)
    if rng.random() < 0.5:
        means[tissues == Tissue.AIR] = -1.0
    ultrasound = rng.random() < 0.12
    return Palette(
        modality=Modality.FREE,
        means=means,
        texture=rng.uniform(0, 0.12, count) * rng.uniform(0, 1),
        rim=np.where(rng.random(count) < 0.15, rng.normal(0, 0.3, count), 0.0),
        content=np.full((count, 2), np.nan),
        fat=float(rng.uniform(-0.9, 0.9)),
        outside=-1.0,
        noise=float(np.exp(rng.uniform(np.log(0.01), np.log(0.15)))),
        speckle=float(rng.uniform(0.2, 0.6)) if ultrasound else 0.0,
        bias=float(rng.uniform(0, 0.3)),
    )
