"""A patch's place in a volume."""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..geometry import BoxIJK, Matrix, spacing_of
from ..volume import Volume


@dataclass(frozen=True, eq=False)
class Crop:
    """A regular patch whose axes run along the volume's own, nearest to R, A and S.

    Nothing is rotated: a patch axis is a voxel axis, maybe flipped (torchio's `ToCanonical` does
    the same), so resampling there and back is separable along the axes.

    Attributes:
        axes: Patch axis n runs along IJK axis `axes[n]`; a permutation of 0, 1, 2.
        origin_ijk: (3,) IJK position of the centre of patch voxel (0, 0, 0).
        step: (3,) voxels of axis `axes[n]` between patch voxels along n; negative when flipped.
        size: Patch voxels along each patch axis.
        spacing_mm: (3,) mm between patch voxels along each patch axis.
    """

    axes: tuple[int, int, int]
    origin_ijk: NDArray[np.float64]
    step: NDArray[np.float64]
    size: tuple[int, int, int]
    spacing_mm: NDArray[np.float64]

    @property
    def key(self) -> tuple[float | int, ...]:
        """A hashable identity, for caches."""
        return (*self.axes, *self.origin_ijk.tolist(), *self.step.tolist(), *self.size)

    @property
    def sides_mm(self) -> NDArray[np.float64]:
        """How far it reaches along each patch axis, (3,) mm."""
        return self.spacing_mm * np.array(self.size)

    def points_to_patch(self, points_ijk: ArrayLike) -> NDArray[np.float64]:
        """Return IJK positions (N, 3) as patch ijk, shape (N, 3)."""
        points = np.asarray(points_ijk, dtype=np.float64).reshape(-1, 3)
        order = list(self.axes)
        return (points[:, order] - self.origin_ijk[order]) / self.step

    def points_to_ijk(self, points_patch: ArrayLike) -> NDArray[np.float64]:
        """Return patch ijk positions (N, 3) as the volume's IJK, shape (N, 3)."""
        points = np.asarray(points_patch, dtype=np.float64).reshape(-1, 3)
        points_ijk = np.empty_like(points)
        order = list(self.axes)
        points_ijk[:, order] = self.origin_ijk[order] + points * self.step
        return points_ijk

    def contains(self, points_ijk: ArrayLike, *, margin: float = 0.0) -> NDArray[np.bool_]:
        """Say which positions (N, 3) lie in the patch, `margin` patch voxels off its faces."""
        patch = self.points_to_patch(points_ijk)
        upper = np.array(self.size) - 0.5 - margin
        return np.all((patch >= margin - 0.5) & (patch <= upper), axis=1)

    def bounds_ijk(self) -> NDArray[np.float64]:
        """Return the patch's outer faces as IJK bounds, shape (2, 3)."""
        corners = self.points_to_ijk([np.full(3, -0.5), np.array(self.size) - 0.5])
        return np.stack([corners.min(axis=0), corners.max(axis=0)])

    def box_ijk(self, shape_ijk: ArrayLike) -> BoxIJK:
        """Return the box of the volume's voxels whose centres lie in the patch, shape (2, 3)."""
        low, high = self.bounds_ijk()
        limit = np.asarray(shape_ijk, dtype=np.int64)
        start = np.clip(np.ceil(low - 1e-9).astype(np.int64), 0, limit)
        stop = np.clip(np.floor(high + 1e-9).astype(np.int64) + 1, 0, limit)
        return np.stack([start, np.maximum(start, stop)])


def voxel_grid(crop: Crop, volume: Volume, *, finest: float) -> Crop:
    """Return a crop of the same place with the volume's own voxels, where they are wide enough.

    Args:
        crop: The place.
        volume: What it is in.
        finest: Along an axis where the volume's voxels are more than so many times finer than the
            crop's, the crop stays as it is.
    """
    size, spacing_mm = list(crop.size), crop.spacing_mm.copy()
    origin, step = crop.origin_ijk.copy(), crop.step.copy()
    first, end = crop.box_ijk(volume.shape_ijk)
    for n, axis in enumerate(crop.axes):
        if abs(step[n]) > finest or first[axis] == end[axis]:
            continue
        size[n] = int(end[axis] - first[axis])
        spacing_mm[n] = volume.spacing_mm[axis]
        step[n] = np.sign(step[n])
        origin[axis] = first[axis] if step[n] > 0 else end[axis] - 1
    return Crop(crop.axes, origin, step, (size[0], size[1], size[2]), spacing_mm)


def patch_axes(ijk_to_ras: Matrix) -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """Return the voxel axis nearest to R, A and S and whether it points that way (+1 or -1)."""
    directions = ijk_to_ras[:3, :3] / spacing_of(ijk_to_ras)
    axes = max(
        permutations(range(3)), key=lambda p: sum(abs(directions[n, p[n]]) for n in range(3))
    )
    signs = np.array([1.0 if directions[n, axes[n]] >= 0 else -1.0 for n in range(3)])
    return (axes[0], axes[1], axes[2]), signs


def make_crop(
    ijk_to_ras: Matrix, *, centre_ijk: ArrayLike, spacing_mm: ArrayLike, size: int
) -> Crop:
    """Return the crop of `size`^3 patch voxels around a position.

    Args:
        ijk_to_ras: The volume's matrix.
        centre_ijk: (3,) continuous IJK of the patch's middle, voxel `size // 2`.
        spacing_mm: (3,) patch voxel size along R-, A- and S-most axis.
        size: Patch voxels along each axis.
    """
    axes, signs = patch_axes(ijk_to_ras)
    spacing = np.broadcast_to(np.asarray(spacing_mm, dtype=np.float64), (3,)).copy()
    step = signs * spacing / spacing_of(ijk_to_ras)[list(axes)]
    origin = np.array(centre_ijk, dtype=np.float64)
    origin[list(axes)] -= (size // 2) * step
    return Crop(axes, origin, step, (size, size, size), spacing)
