"""Matrices and objects for tests: oblique, anisotropic, flipped and left-handed by default."""

import numpy as np
import pytest

from sammoe import Volume
from sammoe.geometry import transform_points


def rotation(degrees, axis):
    """Return a (3, 3) rotation about an axis."""
    axis = np.asarray(axis, float) / np.linalg.norm(axis)
    angle = np.radians(degrees)
    cross = np.cross(np.eye(3), axis)
    return (
        np.cos(angle) * np.eye(3)
        + np.sin(angle) * -cross
        + (1 - np.cos(angle)) * np.outer(axis, axis)
    )


def affine(directions, spacing_mm, origin_ras):
    """Return an ijk_to_ras matrix from direction columns, spacing and origin."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.asarray(directions, float) * np.asarray(spacing_mm, float)
    matrix[:3, 3] = origin_ras
    return matrix


SHEAR = np.array([[1, 0.2, 0], [0, 1, 0.1], [0, 0, 1]])
GRIDS = {
    "aligned": affine(np.eye(3), (1.0, 1.0, 1.0), (-20, -20, -20)),
    "lps file": affine(np.diag([-1, -1, 1]), (0.8, 0.8, 2.5), (30, 25, -40)),
    "oblique": affine(rotation(25, (1, 2, 0.5)), (0.9, 1.1, 2.0), (5, -60, 12)),
    "permuted": affine(np.eye(3)[:, [2, 0, 1]], (1.2, 0.7, 1.0), (-9, 3, 4)),
    "left-handed": affine(np.diag([1, -1, 1]) @ rotation(15, (0, 0, 1)), (1, 1.5, 1), (0, 0, 0)),
    "sheared": affine(SHEAR, (1.0, 1.3, 1.6), (1, 2, 3)),
    "anisotropic": affine(np.eye(3), (0.78, 0.78, 6.5), (-100, -100, -80)),
}
every_grid = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)


def ellipsoid_volume(ijk_to_ras, shape_ijk=(56, 48, 40), *, radii_mm=(14.0, 11.0, 9.0)):
    """Return a volume with a bright ellipsoid in its middle, its mask (KJI) and its centre.

    The ellipsoid lies along the axes of the world: value 100 on a background of -100.
    """
    shape = np.array(shape_ijk)
    centre_ras = transform_points((shape - 1) / 2, ijk_to_ras)[0]
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    ras = transform_points(grid.reshape(-1, 3), ijk_to_ras)
    inside = (((ras - centre_ras) / radii_mm) ** 2).sum(axis=1) <= 1
    mask_kji = inside.reshape(shape).transpose(2, 1, 0)
    array = np.where(mask_kji, 100, -100).astype(np.int16)
    return Volume(array, ijk_to_ras), mask_kji, centre_ras


def dice(a, b):
    """Return the Dice coefficient of two masks."""
    total = a.sum() + b.sum()
    return 2 * (a & b).sum() / total if total else 1.0
