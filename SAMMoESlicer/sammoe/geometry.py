"""Frames, said once.

Outside, everything is RAS: millimetres in Slicer's world, +x right, +y anterior, +z superior.
Files are LPS and converted only by `lps_to_ras`. Inside, positions are continuous IJK: the
integer lies at the voxel's centre, i runs along the fastest axis. numpy arrays are KJI. Boxes
are half-open, shape (2, 3): `[start, stop)` in voxels.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import GeometryError

Matrix = NDArray[np.float64]
BoxIJK = NDArray[np.int64]

LPS_TO_RAS: Matrix = np.diag([-1.0, -1.0, 1.0, 1.0])


def as_affine(matrix: ArrayLike) -> Matrix:
    """Return `matrix` as a checked (4, 4) float64 affine.

    Raises:
        GeometryError: Wrong shape, not finite, last row not (0, 0, 0, 1), or singular.
    """
    try:
        affine = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise GeometryError("an ijk_to_ras matrix of 4 x 4 numbers is needed") from error
    if affine.shape != (4, 4):
        raise GeometryError(f"an ijk_to_ras matrix is 4 x 4, got shape {affine.shape}")
    if not np.isfinite(affine).all():
        raise GeometryError("the ijk_to_ras matrix contains NaN or infinity")
    if not np.allclose(affine[3], (0, 0, 0, 1)):
        raise GeometryError("the last row of the ijk_to_ras matrix must be 0 0 0 1")
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    volume_mm3 = abs(np.linalg.det(affine[:3, :3]))
    if spacing_mm.min() <= 0 or volume_mm3 < 1e-6 * spacing_mm.prod():
        raise GeometryError(
            "the ijk_to_ras matrix is singular: two voxel axes run in the same direction or one "
            "has no spacing; check the volume's spacing and direction"
        )
    return affine


def spacing_of(ijk_to_ras: Matrix) -> NDArray[np.float64]:
    """Return the voxel spacing in mm along i, j, k, shape (3,)."""
    return np.linalg.norm(ijk_to_ras[:3, :3], axis=0)


def transform_points(points: ArrayLike, a_to_b: Matrix) -> NDArray[np.float64]:
    """Return points (N, 3) of frame a in frame b, shape (N, 3)."""
    points_a = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    return points_a @ a_to_b[:3, :3].T + a_to_b[:3, 3]


def ras_to_ijk(points_ras: ArrayLike, ijk_to_ras: Matrix) -> NDArray[np.float64]:
    """Return RAS mm points (N, 3) as continuous IJK, shape (N, 3)."""
    inverse: Matrix = np.asarray(np.linalg.inv(ijk_to_ras), dtype=np.float64)
    return transform_points(points_ras, inverse)


def lps_to_ras(matrix_lps: Matrix) -> Matrix:
    """Return an index-to-LPS matrix, as files carry it, as index-to-RAS (and the reverse)."""
    return LPS_TO_RAS @ matrix_lps


def array_box(shape_kji: tuple[int, ...]) -> BoxIJK:
    """Return the box of a whole KJI array, shape (2, 3)."""
    return np.array([(0, 0, 0), shape_kji[::-1]], dtype=np.int64)


def intersect_boxes(a: BoxIJK, b: BoxIJK) -> BoxIJK:
    """Return the common box; `stop == start` along an axis without overlap."""
    start = np.maximum(a[0], b[0])
    return np.stack([start, np.maximum(start, np.minimum(a[1], b[1]))])


def unite_boxes(a: BoxIJK, b: BoxIJK) -> BoxIJK:
    """Return the smallest box around both; an empty box adds nothing."""
    if box_is_empty(a):
        return b
    if box_is_empty(b):
        return a
    return np.stack([np.minimum(a[0], b[0]), np.maximum(a[1], b[1])])


def box_is_empty(box_ijk: BoxIJK) -> bool:
    """Say whether the box contains no voxel."""
    return bool((box_ijk[1] <= box_ijk[0]).any())


def box_corners(bounds: ArrayLike) -> NDArray[np.float64]:
    """Return the corners (2^n, n) of a box with bounds (2, n): eight in space."""
    axes = np.asarray(bounds, dtype=np.float64).T
    return np.array(np.meshgrid(*axes)).reshape(len(axes), -1).T


def box_slices_kji(box_ijk: BoxIJK) -> tuple[slice, slice, slice]:
    """Return the slices that cut the box out of a KJI array."""
    (i0, j0, k0), (i1, j1, k1) = box_ijk.tolist()
    return slice(k0, k1), slice(j0, j1), slice(i0, i1)


def bounding_box(mask_kji: NDArray[np.bool_]) -> BoxIJK:
    """Return the box around the true voxels of a KJI mask; all zeros where there are none."""
    return np.ascontiguousarray(patch_bounds(mask_kji)[:, ::-1])


def patch_bounds(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the half-open box around the true voxels of a mask in the order of its own axes.

    Shape (2, 3), all zeros where there are none: patches are indexed as their positions are.
    """
    bounds = np.zeros((2, 3), dtype=np.int64)
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        hit = np.flatnonzero(mask.any(axis=others))
        if hit.size == 0:
            return np.zeros((2, 3), dtype=np.int64)
        bounds[:, axis] = hit[0], hit[-1] + 1
    return bounds


def patch_slices(low: NDArray[np.int64], high: NDArray[np.int64]) -> tuple[slice, ...]:
    """Return the slices that cut half-open bounds, in the order of a mask's own axes, out of it."""
    return tuple(slice(a, b) for a, b in zip(low, high, strict=True))
