"""Bring values from a patch back to a grid: the volume's, or another patch's."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..geometry import BoxIJK, box_is_empty, intersect_boxes
from .crop import Crop


def paste(
    values: NDArray[np.float32], crop: Crop, shape_ijk: ArrayLike, *, within: BoxIJK | None = None
) -> tuple[NDArray[np.float32], BoxIJK]:
    """Return patch values on the volume's voxels.

    Args:
        values: (d, h, w) in patch order; may be coarser than the patch (logits).
        crop: The patch's place.
        shape_ijk: The volume's size.
        within: (2, 3) voxels wanted; None for all that the patch covers.

    Returns:
        The values on `box_ijk`, KJI, trilinear, and `box_ijk` (2, 3): the touched box only.
    """
    box = crop.box_ijk(shape_ijk)
    if within is not None:
        box = intersect_boxes(box, within)
    if box_is_empty(box):
        return np.zeros((0, 0, 0), dtype=np.float32), np.stack([box[0], box[0]])
    weights = []
    for n, axis in enumerate(crop.axes):
        voxels = np.arange(box[0, axis], box[1, axis])
        positions = (voxels - crop.origin_ijk[axis]) / crop.step[n]
        weights.append(_weights(positions, crop.size[n], values.shape[n]))
    on_axes = _interpolate(values, weights)
    return on_axes.transpose([crop.axes.index(axis) for axis in (2, 1, 0)]), box


def transfer(
    values: NDArray[np.float32],
    source: Crop,
    target: Crop,
    *,
    shape: tuple[int, ...],
    outside: float,
) -> NDArray[np.float32]:
    """Return one patch's values on another patch of the same volume.

    Args:
        values: (d, h, w) in patch order, as coarse as it likes.
        source: Where the values are.
        target: Where they are wanted.
        shape: Samples along each axis of the answer, three of them.
        outside: Value where the source does not reach.
    """
    weights, inside = [], []
    for n, axis in enumerate(target.axes):
        fine = (np.arange(shape[n]) + 0.5) * target.size[n] / shape[n] - 0.5
        voxels = target.origin_ijk[axis] + fine * target.step[n]
        positions = (voxels - source.origin_ijk[axis]) / source.step[n]
        inside.append((positions >= -0.5) & (positions <= source.size[n] - 0.5))
        weights.append(_weights(positions, source.size[n], values.shape[n]))
    moved = _interpolate(values, weights)
    known = inside[0][:, None, None] & inside[1][None, :, None] & inside[2][None, None, :]
    return np.where(known, moved, np.float32(outside))


def honour_clicks(
    values_kji: NDArray[np.float32],
    box_ijk: BoxIJK,
    points_ijk: NDArray[np.float64],
    point_labels: NDArray[np.int64],
    *,
    radius: NDArray[np.float64],
) -> None:
    """Make logits agree with the clicks, in place: foreground above 0, background below.

    Args:
        values_kji: Logits on `box_ijk`.
        box_ijk: (2, 3).
        points_ijk: (N, 3) clicks in order; a later one wins.
        point_labels: (N,) 1 or 0.
        radius: (3,) voxels along i, j, k around a click that follow it; its own voxel always does.
    """
    for point, label in zip(points_ijk, point_labels, strict=True):
        voxel = np.floor(point + 0.5).astype(np.int64)
        reach = np.floor(radius).astype(np.int64)
        box = intersect_boxes(np.stack([voxel - reach, voxel + reach + 1]), box_ijk)
        if box_is_empty(box):
            continue
        axes = [np.arange(box[0, a], box[1, a]) - voxel[a] for a in range(3)]
        i, j, k = ((offset / max(radius[a], 1.0)) ** 2 for a, offset in enumerate(axes))
        near = k[:, None, None] + j[None, :, None] + i[None, None, :] <= 1.0
        low, high = box - box_ijk[0]
        part = values_kji[low[2] : high[2], low[1] : high[1], low[0] : high[0]]
        if label == 1:
            part[near] = np.maximum(part[near], 1e-3)
        else:
            part[near] = np.minimum(part[near], -1e-3)


def _weights(positions: NDArray[np.float64], patch_size: int, samples: int) -> NDArray[np.float32]:
    """Return the (n, samples) linear interpolation matrix for patch positions along one axis.

    Samples are spread over the patch as `align_corners=False` does; the ends are replicated.
    """
    at = np.clip((positions + 0.5) * samples / patch_size - 0.5, 0, samples - 1)
    below = np.minimum(np.floor(at).astype(np.int64), max(samples - 2, 0))
    part = (at - below).astype(np.float32)
    matrix = np.zeros((len(at), samples), dtype=np.float32)
    rows = np.arange(len(at))
    matrix[rows, below] += 1 - part
    matrix[rows, np.minimum(below + 1, samples - 1)] += part
    return matrix


def _interpolate(
    values: NDArray[np.float32], weights: list[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Apply one interpolation matrix an axis, as three matrix products."""
    d, h, w = values.shape
    out = values.astype(np.float32, copy=False).reshape(d * h, w) @ weights[2].T
    out = np.matmul(weights[1], out.reshape(d, h, -1))
    h_new, w_new = out.shape[1:]
    out = weights[0] @ out.reshape(d, h_new * w_new)
    return out.reshape(-1, h_new, w_new)
