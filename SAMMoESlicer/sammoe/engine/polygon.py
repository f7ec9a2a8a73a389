"""What a closed line in a plane holds."""

import numpy as np
from numpy.typing import NDArray

MOST_CORNERS = 512
"""More corners say no more of a line drawn by hand."""


def held(corners: NDArray[np.float64], positions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which positions (M, 2) a closed line winds around.

    Where the line crosses itself, every loop holds its inside.

    Args:
        corners: (N, 2) the line's corners; the last is joined to the first.
        positions: (M, 2) where is asked.

    Returns:
        (M,) bool.
    """
    if len(corners) > MOST_CORNERS:
        corners = corners[np.linspace(0, len(corners) - 1, MOST_CORNERS).astype(int)]
    (x0, y0), (x1, y1) = corners.T, np.roll(corners, -1, axis=0).T
    x, y = positions[:, :1], positions[:, 1:]
    left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
    upwards = (y0 <= y) & (y1 > y) & (left > 0)
    downwards = (y0 > y) & (y1 <= y) & (left < 0)
    winding: NDArray[np.int64] = upwards.sum(axis=1) - downwards.sum(axis=1)
    return winding != 0
