"""Masks from and to files, on their volume's grid."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError, PromptError
from ..geometry import (
    BoxIJK,
    Matrix,
    array_box,
    box_is_empty,
    box_slices_kji,
    intersect_boxes,
    ras_to_ijk,
    transform_points,
)
from ..volume import Volume
from .slicer_segmentation import SegmentInfo, segmentation_header
from .volume_files import read_volume, to_image, write_image

MASK_SUFFIXES = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha")
GRID_TOLERANCE_VOXELS = 0.05


def read_mask(path: Path | str, volume: Volume) -> NDArray[np.bool_]:
    """Read an earlier mask (every value but 0) onto the volume's grid, shape (k, j, i).

    The file may cover a part of the grid only, as Slicer's cropped segmentations do.

    Raises:
        GeometryError: Unreadable, or the voxels do not fall on the volume's.
        PromptError: No voxel is set.
    """
    earlier = read_volume(path)
    grid = _box_on_grid(earlier, volume, Path(path).name)
    common = intersect_boxes(grid, array_box(volume.array_kji.shape))
    mask = np.zeros(volume.array_kji.shape, dtype=bool)
    if not box_is_empty(common):
        inside = earlier.array_kji[box_slices_kji(common - grid[0])]
        mask[box_slices_kji(common)] = inside != 0
    if not mask.any():
        raise PromptError(f"the mask {Path(path).name} is empty inside the volume")
    return mask


def check_mask_path(path: Path | str) -> Path:
    """Return the path when a mask can be written there.

    Raises:
        GeometryError: Unknown ending, or the folder does not exist.
    """
    path = Path(path)
    if not path.name.lower().endswith(MASK_SUFFIXES):
        raise GeometryError(f"{path.name}: a mask is written as {', '.join(MASK_SUFFIXES)}")
    if not path.absolute().parent.is_dir():
        raise GeometryError(f"the folder {path.parent} for {path.name} does not exist")
    return path


def write_mask(
    path: Path | str,
    mask_kji: NDArray[np.bool_],
    ijk_to_ras: Matrix,
    *,
    segment: SegmentInfo | None = None,
) -> None:
    """Write a mask on its volume's grid.

    Args:
        path: Ends in `.seg.nrrd` for a Slicer segmentation; any other of `MASK_SUFFIXES` is a
            label image of 0 and 1.
        mask_kji: bool, shape (k, j, i).
        ijk_to_ras: (4, 4) of the volume.
        segment: How Slicer shows it; used for `.seg.nrrd`.

    Raises:
        GeometryError: The path's ending or folder, or a matrix the format cannot hold.
    """
    path = check_mask_path(path)
    image = to_image(mask_kji.astype(np.uint8), ijk_to_ras)
    if path.name.lower().endswith(".seg.nrrd"):
        for key, value in segmentation_header(mask_kji, segment or SegmentInfo()).items():
            image.SetMetaData(key, value)
    write_image(image, path)


def _box_on_grid(part: Volume, volume: Volume, name: str) -> BoxIJK:
    """Return the voxels of `volume` that `part` covers, which may reach over its border."""
    corners = np.array([(0, 0, 0), *np.diag(part.shape_ijk)], dtype=np.float64)
    on_grid = ras_to_ijk(transform_points(corners, part.ijk_to_ras), volume.ijk_to_ras)
    start = np.round(on_grid[0]).astype(np.int64)
    if np.abs(on_grid - start - corners).max() > GRID_TOLERANCE_VOXELS:
        raise GeometryError(
            f"the mask {name} is not on the volume's grid (other spacing, direction or origin); "
            "resample it onto the volume first"
        )
    return np.stack([start, start + part.shape_ijk])
