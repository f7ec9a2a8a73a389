"""Volumes and masks from and to files; the one place where LPS becomes RAS.

Reads NIfTI, NRRD, MHA and everything else SimpleITK knows, and a folder of DICOM slices. Writes a
mask as `.seg.nrrd`, which 3D Slicer opens as a segmentation, or as a plain label image.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .dicom_series import read_dicom_folder
from .errors import GeometryError, PromptError
from .geometry import (
    BoxIJK,
    Matrix,
    array_box,
    bounding_box,
    box_is_empty,
    box_slices_kji,
    intersect_boxes,
    lps_to_ras,
    ras_to_ijk,
    transform_points,
)
from .volume import Volume

MASK_SUFFIXES = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha")
GRID_TOLERANCE_VOXELS = 0.05


@dataclass(frozen=True)
class SegmentInfo:
    """What Slicer shows of a segment.

    Attributes:
        name: Shown in the segment list.
        color: Red, green, blue in 0..1.
        terminology: `{"category": {...}, "type": {...}}`, each with scheme, value and meaning, as
            a bundle's card carries it; None: Slicer's 'Tissue'.
        tags: Further segment tags, e.g. the provenance.
    """

    name: str = "SAM-MoE"
    color: tuple[float, float, float] = (0.36, 0.79, 0.62)
    terminology: dict | None = None
    tags: tuple[tuple[str, str], ...] = ()


def read_volume(path: Path | str, *, series: int | None = None) -> Volume:
    """Read one scalar 3-D image.

    Args:
        path: An image file, or a folder with DICOM slices.
        series: Which of the folder's series, counted from 1; None takes the one with most slices.

    Raises:
        GeometryError: Missing, unreadable, not three axes, or more than one value a voxel.
    """
    path = Path(path)
    if not path.exists():
        raise GeometryError(f"there is no file or folder {path}")
    image = read_dicom_folder(path, series=series) if path.is_dir() else _read_file(path)
    array = sitk.GetArrayFromImage(image)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    return Volume(array, _ijk_to_ras(image))


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
    image = _to_image(mask_kji.astype(np.uint8), ijk_to_ras)
    if path.name.lower().endswith(".seg.nrrd"):
        for key, value in _segmentation_header(mask_kji, segment or SegmentInfo()).items():
            image.SetMetaData(key, value)
    _write(image, path)


def write_volume(path: Path | str, volume: Volume) -> None:
    """Write a volume; the path's ending chooses the format.

    Raises:
        GeometryError: The file cannot be written, or the format cannot hold the matrix.
    """
    _write(_to_image(volume.array_kji, volume.ijk_to_ras), Path(path))


def _to_image(array_kji: NDArray, ijk_to_ras: Matrix) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(array_kji))
    lps = lps_to_ras(ijk_to_ras)
    spacing_mm = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing_mm.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing_mm).ravel().tolist())
    return image


def _write(image: sitk.Image, path: Path) -> None:
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
    except RuntimeError as error:
        raise GeometryError(f"{path} cannot be written: {_reason(error)}") from error


def _read_file(path: Path) -> sitk.Image:
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        _check_scalar_3d(reader, path.name)
        return reader.Execute()
    except RuntimeError as error:
        raise GeometryError(
            f"{path.name} cannot be read as NIfTI, NRRD, MHA or DICOM: {_reason(error)}"
        ) from error


def _check_scalar_3d(reader: sitk.ImageFileReader, name: str) -> None:
    components = reader.GetNumberOfComponents()
    if components != 1:
        raise GeometryError(
            f"{name} has {components} values a voxel (colour or vectors); one grey value is needed"
        )
    size = reader.GetSize()
    if len(size) != 3 and not (len(size) == 4 and size[3] == 1):
        raise GeometryError(
            f"{name} has {len(size)} axes ({' x '.join(map(str, size))}); a single 3-D image is "
            "needed, e.g. one time point"
        )


def _ijk_to_ras(image: sitk.Image) -> Matrix:
    axes = image.GetDimension()
    direction = np.array(image.GetDirection()).reshape(axes, axes)[:3, :3]
    lps = np.eye(4)
    lps[:3, :3] = direction * np.array(image.GetSpacing()[:3])
    lps[:3, 3] = image.GetOrigin()[:3]
    return lps_to_ras(lps)


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


def _segmentation_header(mask_kji: NDArray[np.bool_], segment: SegmentInfo) -> dict[str, str]:
    """Return the header fields by which Slicer knows a labelmap as a segmentation."""
    box = bounding_box(mask_kji)
    extent = (0, -1) * 3 if box_is_empty(box) else tuple(np.stack([box[0], box[1] - 1]).T.ravel())
    tags = [("TerminologyEntry", terminology_entry(segment.terminology)), *segment.tags]
    return {
        "Segmentation_SourceRepresentation": "Binary labelmap",
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
        "Segment0_ID": "Segment_1",
        "Segment0_Name": segment.name,
        "Segment0_NameAutoGenerated": "0",
        "Segment0_Color": " ".join(f"{value:.6g}" for value in segment.color),
        "Segment0_ColorAutoGenerated": "0",
        "Segment0_Extent": " ".join(str(int(value)) for value in extent),
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment0_Tags": "".join(f"{key}:{value}|" for key, value in tags),
    }


def terminology_entry(terminology: dict | None) -> str:
    """Return Slicer's serialised terminology: context, category, type, modifier, then anatomy."""
    chosen = terminology or {
        "category": {"scheme": "SCT", "value": "85756007", "meaning": "Tissue"},
        "type": {"scheme": "SCT", "value": "85756007", "meaning": "Tissue"},
    }
    category, kind = (
        "^".join(chosen[part][key] for key in ("scheme", "value", "meaning"))
        for part in ("category", "type")
    )
    context = "Segmentation category and type - 3D Slicer General Anatomy list"
    anatomy = "Anatomic codes - DICOM master list"
    return f"{context}~{category}~{kind}~^^~{anatomy}~^^~^^"


def _reason(error: RuntimeError) -> str:
    """Return ITK's last line without its address and class name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rpartition("): ")[2].rstrip(".") if lines else "unknown reason"
