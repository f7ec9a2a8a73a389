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
    transform_points,
)
from ..volume import Volume
from ..whole_file import check_can_write
from .image_files import check_holds, read_header, read_image, write_image
from .plain_names import shown
from .segments import info_of, mask_of
from .slicer_segmentation import SegmentInfo, segmentation_header
from .volume_files import to_image

MASK_SUFFIXES = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha")
GRID_TOLERANCE_VOXELS = 0.05


def read_mask(path: Path | str, volume: Volume, *, segment: str | None = None) -> NDArray[np.bool_]:
    """Read an earlier mask (every value but 0 and NaN) onto the volume's grid, shape (k, j, i).

    The file may cover a part of the grid only, as Slicer's cropped segmentations do.

    Args:
        path: The file.
        volume: Whose grid it is on.
        segment: Name, id or label value of one of the file's segments; None: the only one.

    Raises:
        GeometryError: Unreadable, or the voxels do not fall on the volume's.
        PromptError: No voxel is set, no such segment, or several and none was chosen.
    """
    path = Path(path)
    name = shown(path.name)
    if not path.exists():
        raise GeometryError(f"there is no file {shown(path)}")
    image, ijk_to_ras = read_image(path)
    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[..., 0]
    if image.GetDimension() != 3:
        raise GeometryError(f"the mask {name} has {image.GetDimension()} axes; three are needed")
    earlier = mask_of(image, name, segment)
    grid = _box_on_grid(earlier.shape, ijk_to_ras, volume, name)
    common = intersect_boxes(grid, array_box(volume.array_kji.shape))
    mask = np.zeros(volume.array_kji.shape, dtype=bool)
    if not box_is_empty(common):
        mask[box_slices_kji(common)] = earlier[box_slices_kji(common - grid[0])]
    if not mask.any():
        raise PromptError(f"the mask {name} is empty inside the volume")
    return mask


def read_segment_info(path: Path | str, *, segment: str | None = None) -> SegmentInfo | None:
    """Return how Slicer shows the segment that `read_mask` reads; None for a plain label image.

    Raises:
        GeometryError: Unreadable.
        PromptError: No such segment, or several and none was chosen.
    """
    path = Path(path)
    return info_of(read_header(path), shown(path.name), segment)


def check_mask_path(path: Path | str, volume: Volume | None = None) -> Path:
    """Return the path when a mask can be written there.

    Args:
        path: The file.
        volume: Whose grid the mask will have; None: not known yet.

    Raises:
        GeometryError: Unknown ending, no place to write, or a format that cannot hold the grid.
    """
    path = Path(path)
    if not path.name.lower().endswith(MASK_SUFFIXES):
        raise GeometryError(f"{shown(path.name)}: a mask is written as {', '.join(MASK_SUFFIXES)}")
    try:
        if path.exists() and not path.is_file():
            raise GeometryError(f"{shown(path)} exists and is no file; choose another name")
        check_can_write(path)
    except OSError as error:
        reason = error.strerror or error
        raise GeometryError(f"{shown(path)} cannot be written: {reason}") from error
    if volume is not None:
        check_holds(path, volume.array_kji.shape[::-1], volume.ijk_to_ras)
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
    check_holds(path, mask_kji.shape[::-1], ijk_to_ras)
    image = to_image(mask_kji.astype(np.uint8), ijk_to_ras)
    if path.name.lower().endswith(".seg.nrrd"):
        for key, value in segmentation_header(mask_kji, segment or SegmentInfo()).items():
            image.SetMetaData(key, value)
    write_image(image, path)


def _box_on_grid(
    shape_kji: tuple[int, ...], ijk_to_ras: Matrix, volume: Volume, name: str
) -> BoxIJK:
    """Return the voxels of `volume` that a mask covers, which may reach over its border."""
    shape_ijk = np.array(shape_kji[::-1])
    corners = np.array([(0, 0, 0), *np.diag(shape_ijk)], dtype=np.float64)
    on_grid = volume.points_ijk(transform_points(corners, ijk_to_ras))
    start = np.round(on_grid[0]).astype(np.int64)
    if np.abs(on_grid - start - corners).max() > GRID_TOLERANCE_VOXELS:
        raise GeometryError(
            f"the mask {name} is not on the volume's grid (other spacing, direction or origin); "
            "resample it onto the volume first"
        )
    return np.stack([start, start + shape_ijk])
