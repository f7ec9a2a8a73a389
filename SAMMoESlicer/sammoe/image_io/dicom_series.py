"""A folder of DICOM slices: which series it holds, and one of them as a volume."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import GeometryError
from ..volume import Volume
from .dicom_frames import read_frames
from .plain_names import plain_file, shown
from .slice_stack import SliceStack

logger = logging.getLogger(__name__)

SERIES, MODALITY, FRAMES = "0020|000e", "0008|0060", "0028|0008"
POSITION, ORIENTATION = "0020|0032", "0020|0037"
MOST_NAMED = 6
FEWEST_PIECES = 3
"""Two slices alike may be anything."""
EXACT_IN_FLOAT32 = 1 << 24
"""Whole numbers below are kept exactly."""


@dataclass(frozen=True, eq=False)
class DicomSlice:
    """What a DICOM file says before its voxels are read.

    Attributes:
        path: The file.
        series: Its series' UID.
        modality: e.g. `CT`; empty when the file does not say.
        frames: How many images it holds.
        components: Values a voxel.
        shape: Columns, rows.
        position: (3,) LPS mm; NaN: not said.
        orientation: (6,) likewise.
        pixel_mm: (2,) along a row, along a column.
    """

    path: Path
    series: str
    modality: str
    frames: int
    components: int
    shape: tuple[int, ...]
    position: NDArray[np.float64]
    orientation: NDArray[np.float64]
    pixel_mm: tuple[float, ...]

    @property
    def scan_key(self) -> tuple:
        """What slices of one scan have in common."""
        turned = np.round(self.orientation, 3) + 0.0  # no -0.0
        return self.modality, self.shape, tuple(turned), tuple(np.round(self.pixel_mm, 4))

    @property
    def says_where(self) -> bool:
        """Whether the file says where it lies."""
        return bool(np.isfinite([*self.position, *self.orientation]).all())


@dataclass(frozen=True)
class DicomSeries:
    """The files of one series in one folder.

    Attributes:
        slices: In no order.
    """

    slices: tuple[DicomSlice, ...]

    @property
    def words(self) -> str:
        """The series as a person tells it from others."""
        frames = sum(one.frames for one in self.slices)
        return f"{self.slices[0].modality or 'unknown'}, {frames} slices"


def list_series(folder: Path) -> list[DicomSeries]:
    """Return the series in a folder and all folders below, the one with most slices first."""
    found: dict[tuple[Path, str], list[DicomSlice]] = defaultdict(list)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if (one := _read_header(path)) is not None:
            found[path.parent, one.series].append(one)
    series = [DicomSeries(tuple(slices)) for slices in found.values()]
    return sorted(series, key=lambda one: -sum(part.frames for part in one.slices))


def read_dicom_folder(folder: Path, *, series: int | None = None) -> Volume:
    """Read one series of a folder.

    Args:
        folder: Holds the slices, or folders of them.
        series: Counted from 1 in the order of `list_series`; None takes the first and, where
            there are more, logs which one it was.

    Raises:
        GeometryError: No series, no series of that number, colour, or slices that form no volume.
    """
    found = list_series(folder)
    if not found:
        raise GeometryError(f"the folder {shown(folder)} holds no DICOM slices")
    choice = _choice(found)
    if series is not None and not 1 <= series <= len(found):
        raise GeometryError(f"there is no series {series} in {shown(folder)} ({choice})")
    if series is None and len(found) > 1:
        _check_no_scan_in_pieces(found)
        logger.warning(
            "read the largest of %d series (%s); for another one choose with --series, or open a "
            "folder with that alone",
            len(found),
            choice,
        )
    return _read_series(found[(series or 1) - 1].slices, shown(folder))


def series_files(path: Path) -> tuple[Path, ...]:
    """Return the DICOM files that a scan is read from where no series is named, in no order.

    Args:
        path: A file or a folder.

    Returns:
        Empty where there is no DICOM.
    """
    if path.is_file():
        return (path,) if is_dicom(path) else ()
    return tuple(one.path for series in list_series(path)[:1] for one in series.slices)


def is_dicom(path: Path) -> bool:
    """Say whether a file begins as a DICOM file does."""
    with path.open("rb") as stream:
        stream.seek(128)
        return stream.read(4) == b"DICM"


def read_dicom_file(path: Path) -> Volume:
    """Read one DICOM file: a slice, or all frames of one that has many.

    Raises:
        GeometryError: No image, colour, or frames that form no volume.
    """
    one = _read_header(path)
    if one is None:
        raise GeometryError(f"{shown(path.name)} is DICOM but holds no image that can be read")
    if one.frames == 1:
        logger.warning("one DICOM slice is read; name its folder for the whole series")
    return _read_series([one], shown(path.name))


def _choice(found: list[DicomSeries]) -> str:
    named = [f"{number}: {one.words}" for number, one in enumerate(found[:MOST_NAMED], 1)]
    more = len(found) - MOST_NAMED
    return "; ".join([*named, *([f"and {more} more"] if more > 0 else [])])


def _check_no_scan_in_pieces(found: list[DicomSeries]) -> None:
    """Refuse a scan of which every slice claims to be a series of its own."""
    alike: dict[tuple, list[DicomSlice]] = defaultdict(list)
    for one in found:
        if len(one.slices) == 1 and one.slices[0].frames == 1:
            alike[one.slices[0].scan_key].append(one.slices[0])
    pieces = max(alike.values(), key=len, default=[])
    if len(pieces) < FEWEST_PIECES or len(pieces) < len(found[0].slices):
        return
    try:
        _stack_of(pieces).order_and_matrix()
    except GeometryError:
        return
    raise GeometryError(
        f"each of {len(pieces)} DICOM slices has a series UID of its own, although together they "
        "are one scan (as some anonymisers leave them); give them one SeriesInstanceUID, or read a "
        "single slice with --series"
    )


def _read_series(slices: Sequence[DicomSlice], folder: str) -> Volume:
    if any(one.components != 1 for one in slices):
        raise GeometryError(f"the DICOM slices in {folder} are in colour; grey values are needed")
    if any(one.frames > 1 for one in slices):
        if len(slices) > 1:
            raise GeometryError(
                f"the series in {folder} has {len(slices)} files of many frames each; name one of "
                "the files"
            )
        return read_frames(slices[0].path)
    if len({one.shape for one in slices}) > 1:
        raise GeometryError(
            f"the DICOM slices in {folder} do not form one volume: they differ in size"
        )
    if len(slices) == 1 and not slices[0].says_where:
        logger.warning("the only DICOM slice does not say where it lies")
        slices = [_at_origin(slices[0])]
    order, ijk_to_ras = _stack_of(slices).order_and_matrix()
    return Volume(_join([_pixels(slices[n].path) for n in order]), ijk_to_ras)


def _at_origin(one: DicomSlice) -> DicomSlice:
    placed = {"position": np.zeros(3), "orientation": np.array([1.0, 0, 0, 0, 1, 0])}
    return DicomSlice(**{**one.__dict__, **placed})


def _stack_of(slices: Sequence[DicomSlice]) -> SliceStack:
    return SliceStack(
        np.stack([one.position for one in slices]),
        np.stack([one.orientation for one in slices]),
        np.array([one.pixel_mm for one in slices], dtype=np.float64),
    )


def _join(planes: list[NDArray]) -> NDArray:
    """Stack planes; where they differ in type or scale the volume is in floating point.

    ITK's own series reader takes the first slice's type for all and wraps or cuts the others.
    """
    if len({plane.dtype for plane in planes}) == 1:
        return np.stack(planes)
    largest = max(float(np.abs(plane.astype(np.float64)).max()) for plane in planes)
    dtype = np.float32 if largest < EXACT_IN_FLOAT32 else np.float64
    return np.stack([plane.astype(dtype) for plane in planes])


def _pixels(path: Path) -> NDArray:
    """Return a slice's rescaled values, (rows, columns)."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    with plain_file(path) as name:
        reader.SetFileName(name)
        try:
            array: NDArray = sitk.GetArrayFromImage(reader.Execute())
        except RuntimeError as error:
            raise GeometryError(
                f"the DICOM slice {shown(path.name)} is cut off or damaged; copy it again"
            ) from error
    if array.size != array.shape[-1] * array.shape[-2]:
        raise GeometryError(f"the DICOM slice {shown(path.name)} holds more images than it says")
    return array.reshape(array.shape[-2:])


def _read_header(path: Path) -> DicomSlice | None:
    """Return a file's header; None: it is no DICOM image."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    with plain_file(path) as name:
        reader.SetFileName(name)
        try:
            reader.ReadImageInformation()
        except RuntimeError:
            return None
    return DicomSlice(
        path=path,
        series=_tag(reader, SERIES),
        modality=_tag(reader, MODALITY),
        frames=_count(_tag(reader, FRAMES)),
        components=reader.GetNumberOfComponents(),
        shape=tuple(reader.GetSize()[:2]),
        position=_numbers(reader, POSITION, 3),
        orientation=_numbers(reader, ORIENTATION, 6),
        pixel_mm=tuple(reader.GetSpacing()[:2]),
    )


def _numbers(header: sitk.ImageFileReader, key: str, count: int) -> NDArray[np.float64]:
    """Return a tag's numbers; NaN where it is missing or malformed."""
    parts = _tag(header, key).split("\\")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    return np.array(values if len(values) == count else [np.nan] * count)


def _count(text: str) -> int:
    """Return a number of frames: one where a file does not say, more where it says nonsense.

    Who reads many frames looks at each, and refuses what is damaged.
    """
    if not text:
        return 1
    return int(text) if text.isdecimal() else 2


def _tag(header: sitk.ImageFileReader, key: str) -> str:
    return header.GetMetaData(key).strip() if header.HasMetaDataKey(key) else ""
