"""Flat pictures of a volume along the patient's axes, whatever the volume's own axes are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import ras_to_ijk, transform_points
from ..volume import Volume

AXIS_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))
"""What lies at the low and at the high end of each RAS axis."""


@dataclass(frozen=True)
class View:
    """One of the three ways to look at a patient.

    Attributes:
        name: As a radiologist calls it.
        across: RAS axis to the right of the picture; `across_sign` -1 shows its high end left.
        up: RAS axis to the top of the picture.
        through: RAS axis out of the picture.
    """

    name: str
    across: int
    across_sign: int
    up: int
    through: int


VIEWS = (
    View("Axial", across=0, across_sign=-1, up=1, through=2),
    View("Coronal", across=0, across_sign=-1, up=2, through=1),
    View("Sagittal", across=1, across_sign=-1, up=2, through=0),
)


@dataclass(frozen=True, eq=False)
class Plane:
    """Voxels resampled onto one plane.

    Attributes:
        view: Which way it looks.
        grey: (rows, columns) grey values, first row at the top, NaN outside the volume.
        mask: (rows, columns) how much of the mask, 0..1.
        extent_mm: Picture coordinates of the left, right, bottom and top border, for `imshow`.
    """

    view: View
    grey: NDArray[np.float64]
    mask: NDArray[np.float64]
    extent_mm: tuple[float, float, float, float]

    def to_picture(self, points_ras: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return RAS mm points (N, 3) as picture coordinates (N, 2), mm right and mm up."""
        view = self.view
        return np.stack(
            [view.across_sign * points_ras[:, view.across], points_ras[:, view.up]], axis=1
        )


def bounds_ras(volume: Volume) -> NDArray[np.float64]:
    """Return the RAS mm box around the volume's voxel borders, low then high, shape (2, 3)."""
    ends = np.stack([np.full(3, -0.5), volume.shape_ijk - 0.5])
    pick = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    corners = transform_points(np.take_along_axis(ends, pick, axis=0), volume.ijk_to_ras)
    return np.stack([corners.min(axis=0), corners.max(axis=0)])


def cut_plane(
    volume: Volume, mask_kji: NDArray[np.bool_], centre_ras: NDArray[np.float64], view: View
) -> Plane:
    """Cut volume and mask through a position, over the whole volume.

    Args:
        volume: What to show.
        mask_kji: bool, the volume's grid.
        centre_ras: A position in the plane, RAS mm, shape (3,).
        view: Which way to look.
    """
    low, high = bounds_ras(volume)
    step_mm = max(float(volume.spacing_mm.min()), float((high - low).max()) / 700)
    across = np.arange(low[view.across], high[view.across], step_mm) + step_mm / 2
    up = np.arange(low[view.up], high[view.up], step_mm) + step_mm / 2
    across, up = across[:: view.across_sign], up[::-1]
    points = np.empty((len(up), len(across), 3))
    points[..., view.across] = across[None, :]
    points[..., view.up] = up[:, None]
    points[..., view.through] = centre_ras[view.through]
    points_ijk = ras_to_ijk(points, volume.ijk_to_ras)
    inside = ((points_ijk > -0.5) & (points_ijk < volume.shape_ijk - 0.5)).all(axis=1)
    grey = np.where(inside, interpolate(volume.array_kji, points_ijk), np.nan)
    mask = np.where(inside, interpolate(mask_kji, points_ijk), 0.0)
    left, right = sorted(view.across_sign * end for end in (low[view.across], high[view.across]))
    extent_mm = (float(left), float(right), float(low[view.up]), float(high[view.up]))
    return Plane(view, grey.reshape(points.shape[:2]), mask.reshape(points.shape[:2]), extent_mm)


def interpolate(array_kji: NDArray, points_ijk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return trilinear values at continuous IJK (N, 3), clamped at the border, shape (N,)."""
    last = np.array(array_kji.shape[::-1]) - 1
    clamped = np.clip(points_ijk, 0, last)
    low = np.minimum(clamped.astype(np.int64), np.maximum(last - 1, 0))
    high = np.minimum(low + 1, last)
    fraction = clamped - low
    values = np.zeros(len(points_ijk))
    for corner in np.ndindex(2, 2, 2):
        at = np.where(corner, high, low)
        weight = np.prod(np.where(corner, fraction, 1 - fraction), axis=1)
        values += weight * array_kji[at[:, 2], at[:, 1], at[:, 0]]
    return values
