"""Volumes from and to files; the one place where LPS becomes RAS."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import GeometryError
from ..geometry import Matrix, lps_to_ras
from ..volume import Volume
from .dicom_series import read_dicom_folder


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
    with _quiet_itk():
        image = read_dicom_folder(path, series=series) if path.is_dir() else _read_file(path)
    array = sitk.GetArrayFromImage(image)
    if array.ndim == 4 and array.shape[0] == 1:
        array = array[0]
    return Volume(array, _ijk_to_ras(image))


def write_volume(path: Path | str, volume: Volume) -> None:
    """Write a volume; the path's ending chooses the format.

    Raises:
        GeometryError: The file cannot be written, or the format cannot hold the matrix.
    """
    write_image(to_image(volume.array_kji, volume.ijk_to_ras), Path(path))


def to_image(array_kji: NDArray, ijk_to_ras: Matrix) -> sitk.Image:
    """Return an array (k, j, i) with its (4, 4) RAS matrix as an image."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array_kji))
    lps = lps_to_ras(ijk_to_ras)
    spacing_mm = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing_mm.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing_mm).ravel().tolist())
    return image


def write_image(image: sitk.Image, path: Path) -> None:
    """Write an image, compressed.

    Raises:
        GeometryError: The file cannot be written, or the format cannot hold the matrix.
    """
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
    except RuntimeError as error:
        raise GeometryError(f"{path} cannot be written: {_reason(error)}") from error


@contextmanager
def _quiet_itk() -> Iterator[None]:
    """Keep ITK's own warnings off the terminal; what matters is raised."""
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)


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


def _reason(error: RuntimeError) -> str:
    """Return ITK's last line without its address and class name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rpartition("): ")[2].rstrip(".") if lines else "unknown reason"
