"""A folder of DICOM slices: which series it holds, and one of them as an image."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import GeometryError

logger = logging.getLogger(__name__)

POSITION, ORIENTATION, MODALITY = "0020|0032", "0020|0037", "0008|0060"
GAP_TOLERANCE = 0.05
MOST_NAMED = 6


@dataclass(frozen=True)
class DicomSeries:
    """The files of one series, in order along the patient.

    Attributes:
        files: Slices, sorted by position.
        modality: e.g. `CT`; empty when the files do not say.
    """

    files: tuple[str, ...]
    modality: str


def list_series(folder: Path) -> list[DicomSeries]:
    """Return the series in a folder and all folders below, the one with most slices first."""
    found = []
    for place in sorted({folder, *(path for path in folder.rglob("*") if path.is_dir())}):
        for uid in sitk.ImageSeriesReader.GetGDCMSeriesIDs(str(place)):
            files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(place), uid)
            found.append(DicomSeries(tuple(files), _tag(_header(files[0]), MODALITY)))
    return sorted(found, key=lambda one: -len(one.files))


def read_dicom_folder(folder: Path, *, series: int | None = None) -> sitk.Image:
    """Read one series of a folder as a 3-D image.

    Args:
        folder: Holds the slices, or folders of them.
        series: Counted from 1 in the order of `list_series`; None takes the first and, where
            there are more, logs which one it was.

    Raises:
        GeometryError: No series, no series of that number, colour, or slices that are missing.
    """
    found = list_series(folder)
    if not found:
        raise GeometryError(f"the folder {folder} holds no DICOM slices")
    choice = _choice(found)
    if series is not None and not 1 <= series <= len(found):
        raise GeometryError(f"there is no series {series} in {folder} ({choice})")
    if series is None and len(found) > 1:
        logger.warning(
            "read the largest of %d series; choose with --series (%s)", len(found), choice
        )
    return _read_series(found[(series or 1) - 1], folder)


def _choice(found: list[DicomSeries]) -> str:
    named = [
        f"{number}: {one.modality or 'unknown'}, {len(one.files)} slices"
        for number, one in enumerate(found[:MOST_NAMED], 1)
    ]
    more = len(found) - MOST_NAMED
    return "; ".join([*named, *([f"and {more} more"] if more > 0 else [])])


def _read_series(series: DicomSeries, folder: Path) -> sitk.Image:
    headers = [_header(name) for name in series.files]
    if any(header.GetNumberOfComponents() != 1 for header in headers):
        raise GeometryError(f"the DICOM slices in {folder} are in colour; grey values are needed")
    spacing_mm = _slice_spacing_mm(headers)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(series.files)
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise GeometryError(
            f"the DICOM slices in {folder} do not form one volume: they differ in size or type"
        ) from error
    if spacing_mm is not None:
        image.SetSpacing((*image.GetSpacing()[:2], spacing_mm))
    return image


def _slice_spacing_mm(headers: list[sitk.ImageFileReader]) -> float | None:
    """Return the distance between slices; None where the files do not tell.

    Raises:
        GeometryError: The distances differ, so a slice is missing or two series are mixed; or the
            slices are shifted against each other, as under a tilted gantry.
    """
    positions = np.array([_numbers(header, POSITION, 3) for header in headers])
    orientation = _numbers(headers[0], ORIENTATION, 6)
    if len(headers) < 2 or not (np.isfinite(positions).all() and np.isfinite(orientation).all()):
        return None
    steps_mm = np.diff(positions, axis=0)
    gaps_mm = steps_mm @ np.cross(orientation[:3], orientation[3:])
    typical_mm = float(np.median(np.abs(gaps_mm)))
    if typical_mm <= 0 or np.ptp(gaps_mm) > 2 * GAP_TOLERANCE * typical_mm + 0.02:
        raise GeometryError(
            f"the DICOM slices are not evenly spaced (from {gaps_mm.min():.2f} to "
            f"{gaps_mm.max():.2f} mm): a slice is missing, or several scans are mixed"
        )
    if np.linalg.norm(steps_mm.mean(axis=0)) > 1.0005 * typical_mm:
        raise GeometryError(
            "the DICOM slices are shifted against each other (tilted gantry); load them in "
            "3D Slicer, which corrects that, and save the volume"
        )
    return abs(float(gaps_mm.mean()))


def _numbers(header: sitk.ImageFileReader, key: str, count: int) -> NDArray[np.float64]:
    """Return a tag's numbers; NaN where it is missing."""
    parts = _tag(header, key).split("\\")
    return np.array([float(part) for part in parts] if len(parts) == count else [np.nan] * count)


def _tag(header: sitk.ImageFileReader, key: str) -> str:
    return header.GetMetaData(key).strip() if header.HasMetaDataKey(key) else ""


def _header(name: str) -> sitk.ImageFileReader:
    reader = sitk.ImageFileReader()
    reader.SetFileName(name)
    reader.ReadImageInformation()
    return reader
