"""A label map under construction, and the brushes that draw into it."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float32]


class Kind(IntEnum):
    """What a label stands for; appearance and expert tasks are chosen by it."""

    BACKGROUND = 0
    FAT = 1
    MUSCLE = 2
    ORGAN = 3
    LUNG = 4
    BONE = 5
    RIB = 6
    VERTEBRA = 7
    VESSEL = 8
    FLUID = 9
    LESION = 10
    BRAIN = 11
    BOWEL = 12
    CARTILAGE = 13
    SHAPE = 14
    CORD = 15


class Canvas:
    """A cube of labels, every label of one kind.

    Attributes:
        labels: (n, n, n) uint8, 0 is background.
        kinds: One `Kind` per label, the index is the label.
    """

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size = size
        self.rng = rng
        self.labels = np.zeros((size, size, size), np.uint8)
        self.kinds: list[Kind] = [Kind.BACKGROUND]
        self._noise = smooth_noise(size, rng, cells=7) + 0.4 * smooth_noise(size, rng, cells=16)

    def new_label(self, kind: Kind) -> int:
        """Return a fresh label, or the last one when all 254 are taken."""
        if len(self.kinds) < 255:
            self.kinds.append(kind)
        return len(self.kinds) - 1

    def blob(
        self,
        centre: NDArray,
        radii: NDArray,
        label: int,
        *,
        rotation: NDArray | None = None,
        rough: float = 0.25,
        power: float = 2.0,
        hollow: float = 0.0,
        only: tuple[int, ...] | None = None,
    ) -> None:
        """Fill a roughened superellipsoid.

        Args:
            centre: (3,) voxels.
            radii: (3,) voxels, along the axes of `rotation`.
            label: What to write.
            rotation: (3, 3), columns are the ellipsoid's axes; None: the grid's.
            rough: Amplitude of the surface's noise, as a fraction of the radius.
            power: 2 is an ellipsoid, larger is boxier.
            hollow: Inner part left out, as a fraction of the radius.
            only: Labels that may be overwritten; None: any.
        """
        reach = float(np.max(radii)) * (1.2 + 1.5 * rough)
        box = self._box(centre, reach)
        if box is None:
            return
        offsets = [
            np.arange(s.start, s.stop, dtype=np.float32) - c
            for s, c in zip(box, centre, strict=True)
        ]
        grid = np.stack(np.meshgrid(*offsets, indexing="ij"))
        if rotation is not None:
            grid = np.tensordot(rotation.T.astype(np.float32), grid, axes=1)
        scaled = np.abs(grid / np.asarray(radii, np.float32)[:, None, None, None])
        level = (scaled**power).sum(axis=0) ** (1.0 / power)
        if rough:
            level += rough * self._noise_at(box)
        inside = (level < 1.0) & (level >= hollow)
        self._write(box, inside, label, only)

    def tube(
        self,
        path: NDArray,
        radius: NDArray | float,
        label: int,
        *,
        flat: float = 1.0,
        normal: NDArray | None = None,
        only: tuple[int, ...] | None = None,
    ) -> None:
        """Stamp ellipsoids along a path.

        Args:
            path: (P, 3) voxels, closely spaced.
            radius: One radius, or one for each point of the path; voxels.
            label: What to write.
            flat: Thickness along `normal` as a fraction of the radius.
            normal: (3,) or (P, 3) unit vectors; needed when `flat` is not 1.
            only: Labels that may be overwritten; None: any.
        """
        radii = np.broadcast_to(np.asarray(radius, np.float32), len(path))
        normals = None if normal is None else np.broadcast_to(normal, (len(path), 3))
        for n, (point, r) in enumerate(zip(path, radii, strict=True)):
            box = self._box(point, r + 1)
            if box is None:
                continue
            dx, dy, dz = np.ogrid[box]
            dx, dy, dz = dx - point[0], dy - point[1], dz - point[2]
            squared = dx * dx + dy * dy + dz * dz
            if normals is not None:
                along = dx * normals[n, 0] + dy * normals[n, 1] + dz * normals[n, 2]
                squared = squared + along * along * (1.0 / flat**2 - 1.0)
            self._write(box, squared <= r * r, label, only)

    def warp(self, amplitude: float) -> None:
        """Bend the whole map by a smooth random displacement of about `amplitude` voxels."""
        n = self.size
        index = np.arange(n, dtype=np.float32)
        where = []
        for axis in range(3):
            shape = [1, 1, 1]
            shape[axis] = n
            moved = index.reshape(shape) + amplitude * smooth_noise(n, self.rng, cells=4)
            where.append(np.clip(np.rint(moved), 0, n - 1).astype(np.int32))
        self.labels = self.labels[where[0], where[1], where[2]]

    def _box(self, centre: NDArray, reach: float) -> tuple[slice, slice, slice] | None:
        low = np.maximum(np.floor(np.asarray(centre) - reach).astype(int), 0)
        high = np.minimum(np.ceil(np.asarray(centre) + reach).astype(int) + 1, self.size)
        if (high <= low).any():
            return None
        return tuple(slice(a, b) for a, b in zip(low, high, strict=True))  # type: ignore[return-value]

    def _noise_at(self, box: tuple[slice, slice, slice]) -> Array:
        """Noise for a box, shifted at random so that no two blobs share a surface."""
        shape = [s.stop - s.start for s in box]
        start = [self.rng.integers(0, self.size - length + 1) for length in shape]
        return self._noise[
            tuple(slice(a, a + length) for a, length in zip(start, shape, strict=True))
        ]

    def _write(
        self,
        box: tuple[slice, slice, slice],
        inside: NDArray[np.bool_],
        label: int,
        only: tuple[int, ...] | None,
    ) -> None:
        view = self.labels[box]
        if only is not None:
            inside = inside & np.isin(view, only)
        view[inside] = label


def smooth_noise(size: int, rng: np.random.Generator, *, cells: int) -> Array:
    """Return noise (size, size, size) of about unit variance that varies over `cells` cells."""
    coarse = rng.standard_normal((cells + 3,) * 3).astype(np.float32)
    axis = np.linspace(1.0, cells + 1.0, size, dtype=np.float32)
    for dimension in range(3):
        base = np.minimum(axis.astype(int), cells + 1)
        fraction = (axis - base).astype(np.float32)
        weight = fraction * fraction * (3 - 2 * fraction)
        shape = [1, 1, 1]
        shape[dimension] = size
        low, high = coarse.take(base, dimension), coarse.take(base + 1, dimension)
        coarse = low + (high - low) * weight.reshape(shape)
    return coarse * 1.6


def random_rotation(rng: np.random.Generator, *, degrees: float = 180.0) -> NDArray[np.float64]:
    """Return a rotation (3, 3) about a random axis by at most `degrees`."""
    axis = rng.standard_normal(3)
    axis /= np.linalg.norm(axis)
    angle = np.radians(rng.uniform(-degrees, degrees))
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)


def random_path(
    rng: np.random.Generator,
    start: NDArray,
    direction: NDArray,
    *,
    length: float,
    bend: float,
    step: float = 0.7,
) -> NDArray[np.float64]:
    """Return a smoothly bending path (P, 3) in voxels; `bend` is radians per voxel."""
    count = max(int(length / step), 2)
    turns = ndimage.gaussian_filter1d(rng.standard_normal((count, 3)), 6, axis=0) * 5 * bend * step
    path = np.empty((count, 3))
    point, heading = np.array(start, float), np.array(direction, float)
    for n in range(count):
        path[n] = point
        heading = heading + turns[n]
        heading /= np.linalg.norm(heading)
        point = point + step * heading
    return path
