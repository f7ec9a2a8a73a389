"""Flat pictures of a volume along the patient's axes, whatever the volume's own axes are."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..geometry import box_corners, box_is_empty, box_slices_kji, transform_points
from ..volume import Volume

AXIS_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))
"""What lies at the low and at the high end of each RAS axis."""


@dataclass(frozen=True)
class Orientation:
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


ORIENTATIONS = (
    Orientation("Axial", across=0, across_sign=-1, up=1, through=2),
    Orientation("Coronal", across=0, across_sign=-1, up=2, through=1),
    Orientation("Sagittal", across=1, across_sign=-1, up=2, through=0),
)


@dataclass(frozen=True, eq=False)
class Plane:
    """Voxels resampled onto one plane.

    Attributes:
        orientation: Which way it looks.
        grey: (rows, columns) grey values, first row at the top, NaN outside the volume.
        mask: (rows, columns) how much of the mask, 0..1.
        extent_mm: Picture coordinates of the left, right, bottom and top border, for `imshow`.
    """

    orientation: Orientation
    grey: NDArray[np.float64]
    mask: NDArray[np.float64]
    extent_mm: tuple[float, float, float, float]

    def to_picture(self, points_ras: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return RAS mm points (N, 3) as picture coordinates (N, 2), mm right and mm up."""
        orientation = self.orientation
        return np.stack(
            [
                orientation.across_sign * points_ras[:, orientation.across],
                points_ras[:, orientation.up],
            ],
            axis=1,
        )


def bounds_ras(volume: Volume) -> NDArray[np.float64]:
    """Return the RAS mm box around the volume's voxel borders, low then high, shape (2, 3)."""
    ends = np.stack([np.full(3, -0.5), volume.shape_ijk - 0.5])
    corners = transform_points(box_corners(ends), volume.ijk_to_ras)
    return np.stack([corners.min(axis=0), corners.max(axis=0)])


def cut_plane(
    volume: Volume,
    mask_kji: NDArray[np.bool_],
    centre_ras: NDArray[np.float64],
    orientation: Orientation,
) -> Plane:
    """Cut volume and mask through a position, over the whole volume.

    Args:
        volume: What to show.
        mask_kji: bool, the volume's grid.
        centre_ras: A position in the plane, RAS mm, shape (3,).
        orientation: Which way to look.
    """
    low, high = bounds_ras(volume)
    right, up, through = orientation.across, orientation.up, orientation.through
    step_mm = max(float(volume.spacing_mm.min()), float((high - low).max()) / 700)
    columns = np.arange(low[right], high[right], step_mm) + step_mm / 2
    rows = np.arange(low[up], high[up], step_mm) + step_mm / 2
    columns, rows = columns[:: orientation.across_sign], rows[::-1]
    start_ras = np.empty(3)
    start_ras[[right, up, through]] = columns[0], rows[0], centre_ras[through]
    steps_ras = np.zeros((3, 3))
    steps_ras[right, 0], steps_ras[up, 1] = columns[1] - columns[0], rows[1] - rows[0]
    steps_ras[through, 2] = step_mm
    grid = sitk.AffineTransform(
        (volume.ras_to_ijk[:3, :3] @ steps_ras).ravel().tolist(),
        volume.points_ijk(start_ras)[0].tolist(),
    )
    grey, mask = (
        _resampled(array, grid, (len(columns), len(rows)), outside)
        for array, outside in ((volume.array_kji, np.nan), (mask_kji, 0.0))
    )
    ends = sorted(orientation.across_sign * float(end) for end in (low[right], high[right]))
    extent_mm = (ends[0], ends[1], float(low[up]), float(high[up]))
    return Plane(orientation, grey, mask, extent_mm)


def _resampled(
    array_kji: NDArray, grid: sitk.Transform, size: tuple[int, int], outside: float
) -> NDArray[np.float64]:
    """Return trilinear values (rows, columns) on a plane.

    Args:
        array_kji: Voxels.
        grid: From (column, row, 0) to continuous IJK.
        size: Columns and rows.
        outside: The value beyond the voxels.
    """
    ends = box_corners([(0, 0, 0), (*size, 0)])
    corners = np.array([grid.TransformPoint(at) for at in ends])
    box = np.stack([corners.min(axis=0) - 1, corners.max(axis=0) + 2]).astype(np.int64)
    box = np.clip(box, 0, array_kji.shape[::-1])
    if box_is_empty(box):
        return np.full(size[::-1], outside)
    image = sitk.GetImageFromArray(array_kji[box_slices_kji(box)].astype(np.float64))
    image.SetOrigin(box[0].tolist())  # positions in it are the volume's IJK
    plane = sitk.Resample(
        image, (*size, 1), grid, sitk.sitkLinear, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0),
        np.eye(3).ravel().tolist(), outside,
    )  # fmt: skip
    return sitk.GetArrayFromImage(plane)[0]
