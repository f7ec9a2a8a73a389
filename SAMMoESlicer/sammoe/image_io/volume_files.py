"""Volumes from and to files; the one place where LPS becomes RAS."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import GeometryError
from ..geometry import Matrix, lps_to_ras
from ..volume import Volume
from .dicom_series import is_dicom, read_dicom_file, read_dicom_folder
from .image_files import quiet_itk, read_image, write_image
from .plain_names import shown


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
        raise GeometryError(f"there is no file or folder {shown(path)}")
    with quiet_itk():
        if path.is_dir():
            return read_dicom_folder(path, series=series)
        if is_dicom(path):
            return read_dicom_file(path)
    image, ijk_to_ras = read_image(path)
    _check_scalar_3d(image, shown(path.name))
    array = sitk.GetArrayFromImage(image)
    return Volume(array[0] if array.ndim == 4 else array, ijk_to_ras)


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


def _check_scalar_3d(image: sitk.Image, name: str) -> None:
    components = image.GetNumberOfComponentsPerPixel()
    if components != 1:
        raise GeometryError(
            f"{name} has {components} values a voxel (colour or vectors); one grey value is needed"
        )
    size = image.GetSize()
    if len(size) != 3 and not (len(size) == 4 and size[3] == 1):
        raise GeometryError(
            f"{name} has {len(size)} axes ({' x '.join(map(str, size))}); a single 3-D image is "
            "needed, e.g. one time point"
        )
