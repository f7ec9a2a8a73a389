"""Grey values as the models expect them: windows by modality, chosen from the data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .volume import Volume

CT_AIR_HU = -300.0
"""A volume with this much air holds Hounsfield units; MR, PET and label maps do not go there."""
LUNG_HU, BONE_HU = -400.0, 300.0
BELOW_HU, ABOVE_HU = -1100.0, 10_000.0
"""No tissue lies outside; metal does, a little."""
FAT_HU = -10.0
"""Fat and noise around water go below this in any CT; magnitudes as in MR do not."""
PADDING_GAP = 500.0
"""Padding lies at least so far below everything else."""
PADDING_SHARE = 0.005
"""So much of a volume is at least padding where a scanner's circle was filled up."""
LEAST_WIDTH = 1e-6
"""A window is at least so wide, of its values: with less float32 cannot tell its ends apart."""


@dataclass(frozen=True)
class IntensityWindow:
    """Grey values between `lower` and `upper` are mapped to [-1, 1]; the rest is clipped."""

    name: str
    lower: float
    upper: float

    @property
    def is_ct(self) -> bool:
        """Say whether it is one of the windows of Hounsfield units."""
        return self in (SOFT_TISSUE, BONE, LUNG)


SOFT_TISSUE = IntensityWindow("CT soft tissue", -160.0, 240.0)
BONE = IntensityWindow("CT bone", -200.0, 1000.0)
LUNG = IntensityWindow("CT lung", -1000.0, 200.0)


def sample_values(volume: Volume, *, most: int = 200_000) -> NDArray[np.float64]:
    """Return finite voxels on a regular sub-grid, about `most` of them, shape (n,)."""
    stride = max(1, int(np.ceil((volume.array_kji.size / most) ** (1 / 3))))
    values = volume.array_kji[::stride, ::stride, ::stride].astype(np.float64).ravel()
    values = values[np.isfinite(values)]
    if values.size == 0:
        values = volume.array_kji[np.isfinite(volume.array_kji)].astype(np.float64)
    return values


def without_padding(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return grey values without those that stand for 'nothing was measured here'.

    Scanners and converters fill with one number far below all others: -32768, -9999, -8192, -3024.

    Args:
        values: Finite voxels, shape (n,).
    """
    while True:
        lowest = values.min()
        rest = values[values > lowest]
        if rest.size == 0 or lowest >= BELOW_HU:
            return values
        if rest.min() - lowest < max(PADDING_GAP, 0.25 * float(np.ptp(rest))):
            return values
        values = rest


def is_ct(values: NDArray[np.float64], *, padded: bool = False) -> bool:
    """Say whether grey values look like Hounsfield units: some air, none far below it.

    Args:
        values: Without padding, shape (n,).
        padded: There was padding below zero, as around a CT scanner's circle; then the air itself
            may be missing, and some negative values are enough.
    """
    low, high = np.percentile(values, (1.0, 99.9))
    if padded and BELOW_HU <= low <= FAT_HU and low + 50 < high < ABOVE_HU:
        return True
    return bool(-4096 <= low <= CT_AIR_HU and high > -200)


def choose_window(
    values: NDArray[np.float64], clicked_value: float | None = None
) -> IntensityWindow:
    """Return the window for a volume with these grey values.

    Args:
        values: A sample of the volume's finite voxels, shape (n,); padding is left out of it.
        clicked_value: Median grey value around the first foreground click; picks among CT windows.
    """
    measured = without_padding(values)
    padded = measured.size <= (1 - PADDING_SHARE) * values.size
    values = measured
    if is_ct(values, padded=padded):
        if clicked_value is not None and clicked_value < LUNG_HU:
            return LUNG
        if clicked_value is not None and clicked_value > BONE_HU:
            return BONE
        return SOFT_TISSUE
    lower, upper = np.percentile(values, (0.5, 99.5))
    if upper <= lower:
        lower, upper = float(values.min()), float(values.max())
    if upper <= lower:
        upper = lower + max(1.0, LEAST_WIDTH * abs(lower))
    return IntensityWindow("percentiles 0.5-99.5", float(lower), float(upper))


def apply_window(patch: NDArray[np.float32], window: IntensityWindow) -> NDArray[np.float32]:
    """Return the patch mapped to [-1, 1]."""
    scaled = (patch - window.lower) * (2.0 / (window.upper - window.lower)) - 1.0
    return np.clip(scaled, -1.0, 1.0).astype(np.float32)


def normalise_positive(patch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the patch with mean 0 and standard deviation 1 over its voxels above 0.

    SAM-Med3D's normalisation (torchio's `ZNormalization` with `x > 0`); a patch without positive
    voxels is normalised over all of them, a constant one becomes zeros.
    """
    chosen = patch[patch > 0]
    if chosen.size < 2:
        chosen = patch
    mean = float(chosen.mean(dtype=np.float64))
    std = float(chosen.std(dtype=np.float64, ddof=1)) if chosen.size > 1 else 0.0
    if std == 0.0:
        return np.zeros_like(patch, dtype=np.float32)
    return ((patch - mean) / std).astype(np.float32)
