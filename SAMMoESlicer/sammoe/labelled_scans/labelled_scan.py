"""Read one scan with its label map, and refuse what training must never see."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError
from ..geometry import transform_points
from ..image_io import read_volume
from ..volume import Volume
from .entries import Entry

GRID_TOLERANCE_VOXELS = 0.05
MOST_LABEL = 65_535


@dataclass(frozen=True, eq=False)
class LabelledScan:
    """A scan and its label map on the same grid.

    Attributes:
        name: The entry's.
        volume: The scan.
        labels_kji: uint16, (k, j, i), 0 is background.
        ignore: Value of voxels nobody annotated; None: all are annotated.
    """

    name: str
    volume: Volume
    labels_kji: NDArray[np.uint16]
    ignore: int | None = None

    @property
    def label_values(self) -> list[int]:
        """The values above 0 that occur and stand for something."""
        return [int(value) for value in np.unique(self.labels_kji) if value not in (0, self.ignore)]

    @property
    def ignored_kji(self) -> NDArray[np.bool_] | None:
        """Where nobody annotated, bool, (k, j, i); None: all is annotated."""
        return None if self.ignore is None else self.mask_kji(self.ignore)

    def mask_kji(self, label: int) -> NDArray[np.bool_]:
        """Return where a label is, bool, (k, j, i)."""
        mask: NDArray[np.bool_] = self.labels_kji == label
        return mask


def read_labelled_scan(entry: Entry) -> LabelledScan:
    """Return a scan that is fit for training.

    Raises:
        GeometryError: Unreadable, NaN or infinite voxels, a single grey value, a label map on
            another grid, values that are no labels, or nothing labelled.
    """
    volume, labels = read_volume(entry.image), read_volume(entry.labels)
    _check_grey_values(volume)
    _check_same_grid(volume, labels)
    scan = LabelledScan(entry.name, volume, _as_labels(labels.array_kji), entry.ignore)
    if not scan.label_values:
        raise GeometryError("the label map is empty")
    return scan


def _check_grey_values(volume: Volume) -> None:
    array = volume.array_kji
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        count = int(array.size - np.isfinite(array).sum())
        raise GeometryError(f"the scan holds {count} NaN or infinite voxels")
    if array.min() == array.max():
        raise GeometryError(f"the scan is constant: every voxel is {array.flat[0]}")


def _check_same_grid(volume: Volume, labels: Volume) -> None:
    if volume.array_kji.shape != labels.array_kji.shape:
        sizes = (" x ".join(map(str, v.shape_ijk.tolist())) for v in (volume, labels))
        raise GeometryError("scan and label map differ in size: {} and {}".format(*sizes))
    corners = np.array([(0, 0, 0), *np.diag(volume.shape_ijk - 1.0)])
    on_scan = volume.points_ijk(transform_points(corners, labels.ijk_to_ras))
    off = float(np.abs(on_scan - corners).max())
    if off > GRID_TOLERANCE_VOXELS:
        raise GeometryError(
            f"scan and label map differ in origin, spacing or direction, by up to {off:.2f} voxels"
        )


def _as_labels(array_kji: NDArray) -> NDArray[np.uint16]:
    if array_kji.dtype.kind == "f":
        if not np.isfinite(array_kji).all():
            raise GeometryError("the label map holds NaN or infinite voxels")
        if (array_kji != np.rint(array_kji)).any():
            raise GeometryError("the label map holds fractions; labels are whole numbers")
    if array_kji.min() < 0 or array_kji.max() > MOST_LABEL:
        raise GeometryError(f"the label map holds values outside 0 to {MOST_LABEL}")
    return array_kji.astype(np.uint16)
