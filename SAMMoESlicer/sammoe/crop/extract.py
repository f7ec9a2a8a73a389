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
    block, first = _along_patch(_finite(block, fill), start_ijk, crop)
    if antialias:
        factors = _whole_steps(crop, block.shape[::-1])
        image = sitk.GetImageFromArray(_averaged(block, factors))
        image.SetSpacing([float(factor) for factor in factors])
        first = first + (np.array(factors) - 1) / 2
    else:
        keep_type = _representable(fill, block.dtype)
        block = block if keep_type else block.astype(np.float32)
        image = sitk.GetImageFromArray(np.ascontiguousarray(block))
    image.SetOrigin(first.tolist())
    resampled = sitk.Resample(
        image,
        list(crop.size),
        sitk.Transform(),
        sitk.sitkLinear,
        (crop.origin_ijk[list(crop.axes)] * np.sign(crop.step)).tolist(),
        np.abs(crop.step).tolist(),
        np.eye(3).ravel().tolist(),
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


def _along_patch(
    block: NDArray, start_ijk: NDArray[np.int64], crop: Crop
) -> tuple[NDArray, NDArray[np.float64]]:
    """Return a KJI block along the patch's axes, the last one first, and where it begins, (3,).

    So what is averaged begins at the same voxel however the volume is stored. Positions are the
    volume's indices, negated along an axis that the patch runs against.
    """
    order, forward = list(crop.axes), crop.step > 0
    last_ijk = start_ijk + block.shape[::-1] - 1
    turned = block.transpose([2 - axis for axis in reversed(order)])
    turned = turned[tuple(slice(None, None, 1 if way else -1) for way in reversed(forward))]
    return turned, np.where(forward, start_ijk[order], -last_ijk[order]).astype(np.float64)


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


def _whole_steps(crop: Crop, size: tuple[int, ...]) -> tuple[int, ...]:
    """Return the whole factors below the patch's step along its axes, `size` (3,) at most."""
    return tuple(np.clip(np.floor(np.abs(crop.step) + 1e-6), 1, size).astype(int).tolist())


def _averaged(block: NDArray, factors: tuple[int, ...]) -> NDArray[np.float32]:
    """Return means over boxes of `factors` voxels of a block whose last axis is first.

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
