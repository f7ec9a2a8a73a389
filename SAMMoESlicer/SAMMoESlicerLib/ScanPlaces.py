"""Where in a scan a structure usually lies: as shares of the scan's extent along R, A and S."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sammoe import Volume
from sammoe.geometry import ras_to_ijk, transform_points

Share = tuple[float, float, float]
MIDDLE: Share = (0.5, 0.5, 0.5)


def shareOf(point_ras: NDArray[np.float64], volume: Volume) -> Share:
    """Return where a position, (3,) RAS mm, lies in a scan: 0 to 1 along each axis."""
    low, high = _extent_ras(volume)
    r, a, s = np.clip((point_ras - low) / (high - low), 0.0, 1.0)
    return round(float(r), 4), round(float(a), 4), round(float(s), 4)


def pointsAt(shares: Sequence[Share], volume: Volume) -> NDArray[np.float64]:
    """Return the positions in a scan, (n, 3) RAS mm, each moved to the nearest voxel's centre."""
    low, high = _extent_ras(volume)
    points_ras = low + np.asarray(shares, dtype=float).reshape(-1, 3) * (high - low)
    voxels = np.round(ras_to_ijk(points_ras, volume.ijk_to_ras))
    inside = np.clip(voxels, 0, volume.shape_ijk - 1).astype(np.float64)
    return transform_points(inside, volume.ijk_to_ras)


def _extent_ras(volume: Volume) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    ends = [(0, last) for last in (volume.shape_ijk - 1).tolist()]
    corners = transform_points(np.array(list(product(*ends)), float), volume.ijk_to_ras)
    return corners.min(axis=0), np.maximum(corners.max(axis=0), corners.min(axis=0) + 1e-6)
