"""Where slices lie: every one is compared, and what is no regular grid is refused."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError
from ..geometry import Matrix, lps_to_ras

TOLERANCE_VOXELS = 0.25
"""How far a slice may lie from its place on the grid, along the stack and across it."""
ANGLE_TOLERANCE = 1e-3
SIZE_TOLERANCE = 1e-3
LEAST_NORMAL = 0.9
"""Of the product of two unit vectors at right angles, 1."""
CORRECTED_IN_SLICER = "load them in 3D Slicer, which corrects that, and save the volume"


@dataclass(frozen=True, eq=False)
class SliceStack:
    """N slices, in any order, as their files place them (LPS mm).

    Attributes:
        positions: (N, 3) centre of the first voxel; NaN where a file does not say.
        orientations: (N, 6) direction of a row, then of a column; NaN likewise.
        pixel_mm: (N, 2) spacing along a row, then along a column.
    """

    positions: NDArray[np.float64]
    orientations: NDArray[np.float64]
    pixel_mm: NDArray[np.float64]

    def order_and_matrix(self) -> tuple[NDArray[np.int64], Matrix]:
        """Return the slices' order along the stack and the (4, 4) index-to-RAS matrix.

        Raises:
            GeometryError: The slices are no regular grid, or do not say where they lie.
        """
        self._check_alike()
        row, column = (part / np.linalg.norm(part) for part in self.orientations[0].reshape(2, 3))
        normal = np.cross(row, column)
        normal /= np.linalg.norm(normal)
        order = np.argsort(self.positions @ normal, kind="stable")
        placed = self.positions[order]
        gap_mm = _gap_mm(placed @ normal) if len(placed) > 1 else 1.0
        self._check_straight(placed, normal)
        lps = np.eye(4)
        lps[:3, :3] = np.stack([row, column, normal], axis=1) * (*self.pixel_mm[0], gap_mm)
        lps[:3, 3] = placed[0]
        return order, lps_to_ras(lps)

    def _check_alike(self) -> None:
        places = np.hstack([self.positions, self.orientations, self.pixel_mm])
        normals = np.cross(self.orientations[:, :3], self.orientations[:, 3:])
        flat = ~(np.linalg.norm(normals, axis=1) > LEAST_NORMAL)  # NaN, zeros, or one direction
        unknown = int((flat | ~np.isfinite(places).all(axis=1)).sum())
        if unknown:
            raise GeometryError(
                f"{unknown} of {len(places)} DICOM slices do not say where they lie (no "
                "position, orientation or pixel size)"
            )
        if np.abs(self.orientations - self.orientations[0]).max() > ANGLE_TOLERANCE:
            raise GeometryError("the DICOM slices differ in orientation: several scans are mixed")
        if np.abs(self.pixel_mm / self.pixel_mm[0] - 1).max() > SIZE_TOLERANCE:
            raise GeometryError("the DICOM slices differ in pixel size: several scans are mixed")

    def _check_straight(self, placed: NDArray[np.float64], normal: NDArray[np.float64]) -> None:
        """Check the shift across the stack that a tilt accumulates."""
        moved = placed - placed[0]
        across_mm = np.linalg.norm(moved - np.outer(moved @ normal, normal), axis=1).max()
        if across_mm > TOLERANCE_VOXELS * self.pixel_mm[0].min():
            raise GeometryError(
                f"the DICOM slices are shifted against each other, by {across_mm:.1f} mm over the "
                f"stack (tilted gantry); {CORRECTED_IN_SLICER}"
            )


def _gap_mm(along_mm: NDArray[np.float64]) -> float:
    """Return the distance between slices, whose rounded positions may differ a little.

    Raises:
        GeometryError: A slice is missing, or two series are mixed.
    """
    gaps_mm = np.diff(along_mm)
    numbers = np.arange(len(along_mm)) - (len(along_mm) - 1) / 2
    even_mm = float(numbers @ along_mm / (numbers @ numbers))  # the straight line that fits best
    off_mm = np.abs(along_mm - along_mm.mean() - even_mm * numbers).max()
    off_mm = max(off_mm, np.abs(gaps_mm - even_mm).max())
    if even_mm <= 0 or off_mm > TOLERANCE_VOXELS * even_mm:
        raise GeometryError(
            f"the DICOM slices are not evenly spaced (from {gaps_mm.min():.2f} to "
            f"{gaps_mm.max():.2f} mm): a slice is missing, or several scans are mixed"
        )
    return even_mm
