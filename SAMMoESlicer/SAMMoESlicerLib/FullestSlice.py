"""The voxel of a mask where a reader looks first."""

import numpy as np
from numpy.typing import NDArray


def middleOfFullestSlice(mask_kji: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a voxel of the mask: in the slice along k with the most, the nearest to their middle.

    Args:
        mask_kji: (k, j, i) bool, with at least one voxel.

    Returns:
        (3,) IJK of the voxel.
    """
    k = int(np.argmax(mask_kji.sum(axis=(1, 2))))
    ji = np.argwhere(mask_kji[k])
    j, i = ji[np.argmin(np.linalg.norm(ji - ji.mean(axis=0), axis=1))]
    return np.array([i, j, k])
