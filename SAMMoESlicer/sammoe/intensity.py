"""Grey values as the models expect them: windows by modality, chosen from the data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .volume import Volume

CT_AIR_HU = -300.0
"""A volume with this much air holds Hounsfield units; MR, PET and label maps do not go there."""
LUNG_HU, BONE_HU = -400.0, 300.0


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


def is_ct(values: NDArray[np.float64]) -> bool:
    """Say whether grey values look like Hounsfield units: some air, none far below it."""
    low, high = np.percentile(values, (1.0, 99.9))
    return bool(-4096 <= low <= CT_AIR_HU and high > -200)


def choose_window(
    values: NDArray[np.float64], clicked_value: float | None = None
) -> IntensityWindow:
    """Return the window for a volume with these grey values.

    Args:
        values: A sample of the volume's finite voxels, shape (n,).
        clicked_value: Median grey value around the first foreground click; picks among CT windows.
    """
    if is_ct(values):
        if clicked_value is not None and clicked_value < LUNG_HU:
            return LUNG
        if clicked_value is not None and clicked_value > BONE_HU:
            return BONE
        return SOFT_TISSUE
    lower, upper = np.percentile(values, (0.5, 99.5))
    if upper <= lower:
        lower, upper = float(values.min()), float(values.max())
    if upper <= lower:
        upper = lower + 1.0
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
