"""Scribbles and lassos as maps over a patch: thin strokes, and areas one slice thick."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..crop import Crop
from ..prompts import BACKGROUND
from .polygon import held
from .prompts_ijk import CurveIJK

CHANNELS = 4
"""Scribbles on the object and beside it, what lassos hold and what they cut away."""
STEPS_A_VOXEL = 2
MOST_STEPS = 1 << 16
"""Along one curve, which may run far outside."""


def curve_maps(curves: Iterable[CurveIJK], crop: Crop) -> NDArray[np.float32]:
    """Return the maps (4, *crop.size), 1 where something is drawn, as training draws them.

    A scribble is one voxel wide. A lasso is what its line holds, on the slice nearest to its
    plane, across the patch axis nearest to the plane's normal.
    """
    maps = np.zeros((CHANNELS, *crop.size), dtype=np.float32)
    for curve in curves:
        line = crop.points_to_patch(curve.line_ijk)
        channel = 2 * curve.closed + (curve.label == BACKGROUND)
        if curve.closed:
            _fill_lasso(maps[channel], line)
        else:
            _mark(maps[channel], _closely(line))
    return maps


def _closely(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions along a line (N, 3), at most half a voxel apart."""
    lengths = np.abs(np.diff(line, axis=0)).max(axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    steps = min(int(np.ceil(along[-1] * STEPS_A_VOXEL)), MOST_STEPS)
    at = np.linspace(0.0, along[-1], steps + 1)
    return np.stack([np.interp(at, along, line[:, axis]) for axis in range(3)], axis=1)


def _mark(drawn: NDArray[np.float32], positions: NDArray[np.float64]) -> None:
    """Mark the voxels that hold the positions (N, 3), patch ijk."""
    index = np.floor(positions + 0.5).astype(np.int64)
    inside = ((index >= 0) & (index < drawn.shape)).all(axis=1)
    drawn[tuple(index[inside].T)] = 1.0


def _fill_lasso(drawn: NDArray[np.float32], line: NDArray[np.float64]) -> None:
    """Mark what a closed line (N + 1, 3) holds; a tiny one marks the voxel in its middle."""
    closely = _closely(line)
    middle = closely.mean(axis=0)
    axis = _axis_across(closely - middle)
    level = int(np.floor(middle[axis] + 0.5))
    if not 0 <= level < drawn.shape[axis]:
        return
    others = [n for n in range(3) if n != axis]
    area = np.moveaxis(drawn, axis, 0)[level]
    grid = np.indices(area.shape).reshape(2, -1).T.astype(np.float64)
    inside = held(line[:-1][:, others], grid).reshape(area.shape)
    area[inside] = 1.0
    if not inside.any():
        _mark(drawn, middle[None])


def _axis_across(offsets: NDArray[np.float64]) -> int:
    """Return the axis nearest to the normal of the plane that fits positions (N, 3) best."""
    normal = np.linalg.eigh(offsets.T @ offsets)[1][:, 0]
    return int(np.abs(normal).argmax())
