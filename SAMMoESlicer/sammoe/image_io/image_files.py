"""One image file: read as it is named, written and read back."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ..errors import GeometryError
from ..geometry import Matrix, box_corners, lps_to_ras, transform_points
from ..whole_file import whole_file
from .decimal_point import decimal_point
from .metaimage_header import check_metaimage
from .nifti_file import NiftiFile, read_nifti_file
from .nifti_header import NiftiHeader
from .plain_names import ending_of, plain_file, plain_folder, shown

logger = logging.getLogger(__name__)

IMAGE_IO = {
    ".nii": "NiftiImageIO",
    ".nii.gz": "NiftiImageIO",
    ".nrrd": "NrrdImageIO",
    ".mha": "MetaImageIO",
}
"""Formats that are written, by ending; ITK would choose by parts of the name."""
TOLERANCE_VOXELS = 0.05
NIFTI_TOLERANCE_VOXELS = 0.02
"""Less, so that what is allowed before the model runs is never refused after it."""


def read_image(path: Path) -> tuple[sitk.Image, Matrix]:
    """Return an image of any number of axes and components, and its (4, 4) index-to-RAS matrix.

    Raises:
        GeometryError: Unreadable, cut off or damaged.
    """
    nifti = read_nifti_file(path)
    check_metaimage(path)
    with _reader_of(path) as reader:
        image = reader.Execute()
    ijk_to_ras = matrix_of(image)
    if nifti is not None:
        _note_second_placement(nifti.header, image, ijk_to_ras)
        image = _with_nan(image, nifti)
    return image, ijk_to_ras


def read_header(path: Path) -> sitk.ImageFileReader:
    """Return a reader with the words of a file's header, no voxels.

    Raises:
        GeometryError: Unreadable.
    """
    with _reader_of(path) as reader:
        reader.ReadImageInformation()
    return reader


@contextmanager
def _reader_of(path: Path) -> Iterator[sitk.ImageFileReader]:
    """Give a reader of one file, and say what is wrong where it cannot be read in the block."""
    reader = sitk.ImageFileReader()
    with plain_file(path) as name, quiet_itk():
        reader.SetFileName(name)
        try:
            yield reader
        except RuntimeError as error:
            if "orthonormal" in str(error):
                raise GeometryError(
                    f"{shown(path.name)} is sheared: its axes are not at right angles; resample it "
                    "onto a straight grid, or write it as NRRD, which can be read"
                ) from error
            raise GeometryError(
                f"{shown(path.name)} cannot be read as NIfTI, NRRD, MHA or DICOM: {_reason(error)}"
            ) from error


def write_image(image: sitk.Image, path: Path) -> None:
    """Write an image, compressed; what was there stays until the new file was read back.

    Raises:
        GeometryError: Unknown ending, the file cannot be written, or cannot hold the matrix.
    """
    ending = ending_of(path)
    if ending not in IMAGE_IO:
        raise GeometryError(f"{shown(path)}: an image is written as {', '.join(IMAGE_IO)}")
    try:
        with whole_file(path, ending=ending) as part:
            _write(image, part, ending)
            _check_same(image, part, shown(path.name))
    except OSError as error:
        raise GeometryError(
            f"{shown(path)} cannot be written: {error.strerror or error}"
        ) from error


def check_holds(path: Path, shape_ijk: tuple[int, ...], ijk_to_ras: Matrix) -> None:
    """Check that a file of this ending can hold a matrix.

    Raises:
        GeometryError: NIfTI, as ITK writes it, holds no shear, and places in single precision only.
    """
    if not ending_of(path).startswith(".nii"):
        return
    axes = ijk_to_ras[:3, :3]
    spacing_mm = np.linalg.norm(axes, axis=0)
    cosines = axes / spacing_mm
    slant = np.abs(cosines.T @ cosines - np.eye(3))
    off_mm = float((slant * (np.array(shape_ijk) * spacing_mm)).max())
    words = "is sheared (a tilted gantry?)"
    if off_mm <= NIFTI_TOLERANCE_VOXELS * spacing_mm.min():
        single: Matrix = ijk_to_ras.astype(np.float32).astype(np.float64)
        off_mm, words = _off_mm(shape_ijk, ijk_to_ras, single), "has very small voxels far away"
    if off_mm > NIFTI_TOLERANCE_VOXELS * spacing_mm.min():
        raise GeometryError(
            f"{shown(path.name)}: the volume {words}; in a NIfTI file its mask would lie "
            f"{off_mm:.2g} mm off; write .seg.nrrd, .nrrd or .mha"
        )


def matrix_of(image: sitk.Image) -> Matrix:
    """Return an image's (4, 4) index-to-RAS matrix of its first three axes."""
    axes = image.GetDimension()
    used = min(axes, 3)
    direction = np.array(image.GetDirection()).reshape(axes, axes)[:used, :used]
    lps = np.eye(4)
    lps[:used, :used] = direction * np.array(image.GetSpacing()[:used])
    lps[:used, 3] = image.GetOrigin()[:used]
    return lps_to_ras(lps)


@contextmanager
def quiet_itk() -> Iterator[None]:
    """Keep ITK's own warnings off the terminal, and commas out of its numbers."""
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        with decimal_point():
            yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)


def _with_nan(image: sitk.Image, nifti: NiftiFile) -> sitk.Image:
    """Return the image with NaN where the file holds NaN or infinity: ITK reads 0 there."""
    if nifti.not_finite is None or nifti.not_finite.size != image.GetNumberOfPixels():
        return image
    array = sitk.GetArrayFromImage(image)
    array.reshape(-1)[nifti.not_finite] = np.nan
    marked = sitk.GetImageFromArray(array)
    marked.CopyInformation(image)
    return marked


def _note_second_placement(header: NiftiHeader, image: sitk.Image, taken: Matrix) -> None:
    """Say where a NIfTI file places its image twice, and differently."""
    size, qform, sform = image.GetSize()[:3], header.qform, header.sform
    if qform is None or sform is None:
        return
    off_mm = _off_mm(size, qform, sform)
    if off_mm > 2 * _tolerance_mm(taken):
        is_sform = _off_mm(size, taken, sform) <= _off_mm(size, taken, qform)
        logger.warning(
            "the file's two placements (qform, sform) differ by up to %.1f mm; the %s is used",
            off_mm,
            "sform" if is_sform else "qform",
        )


def _off_mm(size: tuple[int, ...], a: Matrix, b: Matrix) -> float:
    """Return the largest distance between a grid's corners under two matrices."""
    corners = box_corners([np.zeros(len(size)), np.array(size) - 1])
    corners = np.pad(corners, ((0, 0), (0, 3 - len(size))))
    apart = transform_points(corners, a) - transform_points(corners, b)
    return float(np.linalg.norm(apart, axis=1).max())


def _tolerance_mm(ijk_to_ras: Matrix) -> float:
    return TOLERANCE_VOXELS * float(np.linalg.norm(ijk_to_ras[:3, :3], axis=0).min())


def _write(image: sitk.Image, part: Path, ending: str) -> None:
    writer = sitk.ImageFileWriter()
    writer.SetImageIO(IMAGE_IO[ending])
    writer.UseCompressionOn()
    with plain_folder(part.parent) as folder, quiet_itk():
        writer.SetFileName(str(folder / part.name))
        try:
            writer.Execute(image)
        except RuntimeError as error:
            raise GeometryError(f"the image cannot be written: {_reason(error)}") from error


def _check_same(image: sitk.Image, part: Path, name: str) -> None:
    """Check that what can be read back is what was meant: voxels, place and words."""
    try:
        back, ijk_to_ras = read_image(part)
    except GeometryError as error:
        raise GeometryError(
            f"{name} cannot be written: what was written cannot be read back (is the disk full?)"
        ) from error
    meant = matrix_of(image)
    if not np.array_equal(sitk.GetArrayViewFromImage(image), sitk.GetArrayViewFromImage(back)):
        raise GeometryError(f"{name} cannot be written: its voxels read back otherwise")
    if _off_mm(image.GetSize()[:3], meant, ijk_to_ras) > _tolerance_mm(meant):
        raise GeometryError(f"{name} cannot be written: the format cannot hold where it lies")
    for key in image.GetMetaDataKeys():
        there = back.GetMetaData(key) if back.HasMetaDataKey(key) else ""
        if there.strip() != image.GetMetaData(key).strip():
            raise GeometryError(f"{name} cannot be written: its '{key}' reads back otherwise")


def _reason(error: RuntimeError) -> str:
    """Return ITK's last line without its address and class name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rpartition("): ")[2].rstrip(".") if lines else "unknown reason"
