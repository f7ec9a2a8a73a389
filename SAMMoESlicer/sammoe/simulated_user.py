"""A simulated user of the product: where an exact one clicks, and how a box is drawn.

A user first clicks inside the object, then always in the largest error of the mask shown: a
foreground click where the object was missed, a background click where the mask is too large.
Needs scipy (the extra `[train]`), no torch.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .geometry import bounding_box, transform_points
from .prompts import BACKGROUND, FOREGROUND
from .volume import Volume

BOX_JITTER_MM = 5.0
NEARLY_DEEPEST = 0.75
"""So deep, in greatest depths, somebody who is not exact clicks at least."""
ERRORS = 3
"""Places at the border where an earlier mask is wrong."""
ERROR_SIZE = (0.15, 0.6)
"""How far each reaches, in cube roots of the object's volume."""


def most_interior_voxel(
    mask: NDArray[np.bool_], *, spacing: tuple[float, ...] = (1.0, 1.0, 1.0)
) -> NDArray[np.int64]:
    """Return the index (3,) of the voxel deepest inside a mask with at least one voxel."""
    depth, start = _depth(mask, spacing)
    return np.array(np.unravel_index(int(depth.argmax()), depth.shape), dtype=np.int64) + start


def some_inner_voxel(
    mask: NDArray[np.bool_], seed: int, *, spacing: tuple[float, ...] = (1.0, 1.0, 1.0)
) -> NDArray[np.int64]:
    """Return the index (3,) of a random voxel nearly as deep inside a mask as any."""
    depth, start = _depth(mask, spacing)
    inner = np.argwhere(depth >= NEARLY_DEEPEST * depth.max())
    chosen: NDArray[np.int64] = inner[np.random.default_rng(seed).integers(len(inner))] + start
    return chosen


def first_voxel(
    mask: NDArray[np.bool_], seed: int, *, exact: bool, spacing: tuple[float, ...]
) -> NDArray[np.int64]:
    """Return the index (3,) of the voxel a user clicks first: the deepest, or if not exact near."""
    if exact:
        return most_interior_voxel(mask, spacing=spacing)
    return some_inner_voxel(mask, seed, spacing=spacing)


def _depth(
    mask: NDArray[np.bool_], spacing: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return how deep voxels lie inside a mask, within its bounds, and where these begin, (3,)."""
    box = ndimage.find_objects(mask.astype(np.uint8))[0]
    padded = np.pad(mask[box], 1)
    depth = ndimage.distance_transform_edt(padded, sampling=spacing)[1:-1, 1:-1, 1:-1]
    return depth, np.array([s.start for s in box], dtype=np.int64)


def next_click(
    target: NDArray[np.bool_],
    shown: NDArray[np.bool_],
    *,
    spacing: tuple[float, ...] = (1.0, 1.0, 1.0),
) -> tuple[NDArray[np.int64], int] | None:
    """Return where and what an exact user would click next.

    Args:
        target: (D, H, W) the true object.
        shown: (D, H, W) the mask on the screen.
        spacing: Voxel size along each axis.

    Returns:
        Index (3,) of the deepest voxel of the largest connected error, and 1 where the object
        was missed or 0 where the mask is too large; None when there is no error.
    """
    best: tuple[int, NDArray[np.bool_], int] | None = None
    for wrong, label in ((target & ~shown, FOREGROUND), (shown & ~target, BACKGROUND)):
        parts, count = ndimage.label(wrong)
        if count == 0:
            continue
        sizes = np.bincount(parts.ravel())[1:]
        if best is None or sizes.max() > best[0]:
            best = int(sizes.max()), parts == sizes.argmax() + 1, label
    if best is None:
        return None
    return most_interior_voxel(best[1], spacing=spacing), best[2]


def jittered_box(volume: Volume, mask_kji: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
    """Return a box (2, 3) RAS mm drawn around an object with an error of 5 mm a face."""
    low, high = bounding_box(mask_kji)
    corners = transform_points(
        np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (high - low)
        + low
        - 0.5,
        volume.ijk_to_ras,
    )
    box = np.stack([corners.min(axis=0), corners.max(axis=0)])
    jitter = np.random.default_rng(seed).normal(0.0, BOX_JITTER_MM, box.shape)
    moved = np.sort(box + jitter, axis=0)
    moved[1] = np.maximum(moved[1], moved[0] + 2.0)
    return moved


def earlier_mask(
    target: NDArray[np.bool_], *, spacing: tuple[float, ...] = (1.0, 1.0, 1.0), seed: int = 0
) -> NDArray[np.bool_]:
    """Return an object as someone else left it: balls at its border are missing or too much.

    Args:
        target: (D, H, W) the true object, not empty.
        spacing: Voxel size along each axis.
        seed: Decides where.
    """
    random = np.random.default_rng(seed)
    mm = np.asarray(spacing)
    size_mm = float(np.cbrt(np.count_nonzero(target) * mm.prod()))
    border = np.argwhere(target & ~ndimage.binary_erosion(target))
    shown = target.copy()
    for _ in range(ERRORS):
        middle = border[random.integers(len(border))]
        radius_mm = size_mm * random.uniform(*ERROR_SIZE)
        reach = np.ceil(radius_mm / mm).astype(int)
        low = np.maximum(middle - reach, 0)
        part = tuple(slice(a, b) for a, b in zip(low, middle + reach + 1, strict=True))
        near = np.argwhere(np.ones(shown[part].shape, bool)) + low - middle
        ball = (np.linalg.norm(near * mm, axis=1) <= radius_mm).reshape(shown[part].shape)
        shown[part][ball] = random.random() < 0.5
    return shown if (shown & target).any() else target.copy()
