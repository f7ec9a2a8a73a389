"""Cut a patch out of a volume: only the crop is resampled, never the whole volume."""

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..geometry import box_is_empty, box_slices_kji
from ..volume import Volume
from .crop import Crop


def extract_patch(
    volume: Volume, crop: Crop, *, fill: float, antialias: bool = False
) -> NDArray[np.float32]:
    """Return the patch's grey values, linearly interpolated.

    Integer volumes stay integers through the interpolation unless `antialias` is set, as upstream
    SAM-Med3D's resampling rounds.

    Args:
        volume: Where to cut.
        crop: What to cut.
        fill: Grey value outside the volume and in place of NaN.
        antialias: Average the voxels a coarser patch voxel covers before sampling.

    Returns:
        float32, shape `crop.size`, indexed in patch order.
    """
    block, start_ijk = _block(volume, crop)
    if block is None:
        return np.full(crop.size, fill, dtype=np.float32)
    block, first_ijk = _finite(block, fill), start_ijk.astype(np.float64)
    if antialias:
        factors = _whole_steps(crop, block.shape[::-1])
        image = sitk.GetImageFromArray(_averaged(block, factors))
        image.SetSpacing([float(factor) for factor in factors])
        first_ijk = first_ijk + (np.array(factors) - 1) / 2
    else:
        keep_type = _representable(fill, block.dtype)
        block = block if keep_type else block.astype(np.float32)
        image = sitk.GetImageFromArray(np.ascontiguousarray(block))
    image.SetOrigin(first_ijk.tolist())
    direction = np.zeros((3, 3))
    direction[list(crop.axes), [0, 1, 2]] = np.sign(crop.step)
    resampled = sitk.Resample(
        image,
        list(crop.size),
        sitk.Transform(),
        sitk.sitkLinear,
        crop.origin_ijk.tolist(),
        np.abs(crop.step).tolist(),
        direction.ravel().tolist(),
        float(fill),
    )
    return sitk.GetArrayFromImage(resampled).transpose(2, 1, 0).astype(np.float32)


def _block(volume: Volume, crop: Crop) -> tuple[NDArray | None, NDArray[np.int64]]:
    """Return the voxels the interpolation can touch and the IJK index of the first."""
    reach = np.zeros(3)
    reach[list(crop.axes)] = np.abs(crop.step)
    low, high = crop.bounds_ijk()
    box = np.stack([np.floor(low - reach).astype(int) - 1, np.ceil(high + reach).astype(int) + 2])
    box = np.clip(box, 0, volume.shape_ijk)
    if box_is_empty(box):
        return None, box[0]
    return volume.array_kji[box_slices_kji(box)], box[0]


def _representable(fill: float, dtype: np.dtype) -> bool:
    """Say whether SimpleITK can interpolate in this type with this value outside."""
    if (dtype.itemsize > 4 and dtype.kind in "iu") or dtype == np.float16:
        return False
    if dtype.kind == "f":
        return True
    limits = np.iinfo(dtype)
    return float(fill).is_integer() and limits.min <= fill <= limits.max


def _finite(block: NDArray, fill: float) -> NDArray:
    if block.dtype.kind != "f" or np.isfinite(block).all():
        return block
    return np.where(np.isfinite(block), block, block.dtype.type(fill))


def _whole_steps(crop: Crop, size_ijk: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the whole factors below the patch's step, along i, j and k."""
    factors = [1, 1, 1]
    for axis, step in zip(crop.axes, np.abs(crop.step), strict=True):
        factors[axis] = int(max(1, min(np.floor(step + 1e-6), size_ijk[axis])))
    return factors[0], factors[1], factors[2]


def _averaged(block: NDArray, factors: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return means over boxes of `factors` (i, j, k) voxels of a KJI block, from its first voxel.

    As ITK's BinShrink, in a third of its time: slices are added up before anything is widened.
    """
    for axis, factor in enumerate(reversed(factors)):
        count = block.shape[axis] // factor
        parts = [
            block[(slice(None),) * axis + (slice(n, n + factor * (count - 1) + 1, factor),)]
            for n in range(factor)
        ]
        if factor > 1:
            total = parts[0].astype(np.float32)
            for part in parts[1:]:
                total += part
            block = total
    scale = np.float32(1.0 / np.prod(factors))
    return np.ascontiguousarray(block, dtype=np.float32) * scale
