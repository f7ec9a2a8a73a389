"""A grid under the brush, and the shapes it is painted with.

Every shape is a signed measure, negative inside, given on broadcastable coordinate arrays in mm.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float32]
Measure = Callable[[Grid, Grid, Grid], Grid]


@dataclass
class Painting:
    """HU and labels under way, with the warped position of every voxel.

    Attributes:
        x: RAS mm to the right, shape (k, j, i); likewise `y` to the front, `z` to the head.
        hu: Painted so far, float32.
        labels: Painted so far, uint8.
        names: Label value to structure.
    """

    x: Grid
    y: Grid
    z: Grid
    hu: Grid
    labels: NDArray[np.uint8]
    names: dict[int, str] = field(default_factory=dict)

    def paint(self, where: NDArray[np.bool_], hu: float | Grid, name: str | None = None) -> None:
        """Fill voxels; without a name they lose the one they had."""
        value = 0
        if name is not None:
            value = next((v for v, n in self.names.items() if n == name), len(self.names) + 1)
            self.names[value] = name
        self.hu[where] = hu[where] if isinstance(hu, np.ndarray) else hu
        self.labels[where] = value

    def inside(self, measure: Measure) -> NDArray[np.bool_]:
        """Return the voxels where a measure is negative."""
        return measure(self.x, self.y, self.z) < 0


def ellipsoid(centre: tuple[float, ...], radii: tuple[float, ...], *, tilt: float = 0.0) -> Measure:
    """Return an ellipsoid; `tilt` in degrees turns it in the coronal plane."""
    cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))

    def measure(x: Grid, y: Grid, z: Grid) -> Grid:
        dx, dy, dz = x - centre[0], y - centre[1], z - centre[2]
        dx, dz = cos * dx + sin * dz, cos * dz - sin * dx
        return (dx / radii[0]) ** 2 + (dy / radii[1]) ** 2 + (dz / radii[2]) ** 2 - 1

    return measure


def column(x_mm: float, y_mm: float, radii: tuple[float, float], *, lean: float = 0.0) -> Measure:
    """Return an elliptic cylinder along z; its axis leans by `lean` mm to the right per mm up."""

    def measure(x: Grid, y: Grid, z: Grid) -> Grid:
        return ((x - x_mm - lean * z) / radii[0]) ** 2 + ((y - y_mm) / radii[1]) ** 2 - 1

    return measure
