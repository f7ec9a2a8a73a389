"""One DICOM file of many frames: each frame's own place and scale, which ITK drops."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError
from ..volume import Volume
from .plain_names import shown
from .slice_stack import SliceStack

_DAMAGED = (
    *(AttributeError, ArithmeticError, EOFError, LookupError, NotImplementedError),
    *(RuntimeError, TypeError, ValueError, struct.error),
)
"""What pydicom raises of damaged files, now and then only where a value is looked at."""


def read_frames(path: Path) -> Volume:
    """Read the frames of one file as a volume, in the order of their positions.

    Raises:
        GeometryError: The frames do not say where they lie, are no regular grid, are in colour, or
            are compressed in a way that cannot be read here; or the file is damaged.
    """
    try:
        return _frames_of(path)
    except _DAMAGED as error:
        raise GeometryError(
            f"{shown(path.name)} is damaged ({_first_line(error)}); copy it again"
        ) from error


def _frames_of(path: Path) -> Volume:
    dataset = _read(path)
    if int(dataset.get("SamplesPerPixel", 1)) != 1:
        raise GeometryError(f"{shown(path.name)} is in colour; grey values are needed")
    frames = _frame_groups(dataset, shown(path.name))
    stack = SliceStack(
        np.stack([_place(frame, "PlanePositionSequence", "ImagePositionPatient", 3)
                  for frame in frames]),
        np.stack([_place(frame, "PlaneOrientationSequence", "ImageOrientationPatient", 6)
                  for frame in frames]),
        np.stack([_place(frame, "PixelMeasuresSequence", "PixelSpacing", 2)[::-1]
                  for frame in frames]),
    )  # fmt: skip
    order, ijk_to_ras = stack.order_and_matrix()
    raw = _pixels(dataset, shown(path.name))
    if len(raw) != len(frames):
        raise GeometryError(f"{shown(path.name)} holds {len(raw)} of its {len(frames)} frames")
    return Volume(_rescaled(raw[order], [frames[n] for n in order]), ijk_to_ras)


def _read(path: Path) -> Any:
    try:
        import pydicom
    except ImportError as error:
        raise GeometryError(
            "a DICOM file of many frames needs pydicom; install it with: pip install pydicom"
        ) from error
    try:
        return pydicom.dcmread(path)
    except (pydicom.errors.InvalidDicomError, EOFError, ValueError, AttributeError) as error:
        raise GeometryError(f"{shown(path.name)} cannot be read as DICOM: {error}") from error


def _frame_groups(dataset: Any, name: str) -> list[tuple[Any, Any]]:
    """Return every frame's own group and what all share, the own one first."""
    shared = dataset.get("SharedFunctionalGroupsSequence") or [{}]
    own = dataset.get("PerFrameFunctionalGroupsSequence")
    if not own:
        raise GeometryError(
            f"the {dataset.get('NumberOfFrames')} frames of {name} do not say where they lie; load "
            "the file in 3D Slicer and save the volume"
        )
    return [(group, shared[0]) for group in own]


def _item(frame: tuple[Any, Any], sequence: str) -> Any:
    """Return the first item of a sequence that the frame or all frames have; None: neither."""
    for group in frame:
        items = group.get(sequence)
        if items:
            return items[0]
    return None


def _place(frame: tuple[Any, Any], sequence: str, element: str, count: int) -> NDArray[np.float64]:
    values = getattr(_item(frame, sequence), element, None)
    if values is None or len(values) != count:
        return np.full(count, np.nan)
    return np.array([float(value) for value in values])


def _pixels(dataset: Any, name: str) -> NDArray:
    try:
        raw: NDArray = dataset.pixel_array
    except (AttributeError, NotImplementedError, RuntimeError, ValueError) as error:
        syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
        coding = getattr(syntax, "name", "an unknown way")
        raise GeometryError(
            f"the frames of {name} cannot be decoded here ({coding}); load the file in 3D Slicer "
            "and save the volume"
        ) from error
    return raw


def _rescaled(raw: NDArray, frames: list[tuple[Any, Any]]) -> NDArray:
    """Return grey values, each frame by its own slope and intercept; whole numbers stay whole."""
    scales = [_item(frame, "PixelValueTransformationSequence") for frame in frames]
    slopes = np.array([float(getattr(one, "RescaleSlope", 1)) for one in scales])
    intercepts = np.array([float(getattr(one, "RescaleIntercept", 0)) for one in scales])
    values = raw * slopes[:, None, None] + intercepts[:, None, None]
    if (slopes % 1 == 0).all() and (intercepts % 1 == 0).all():
        for dtype in (np.int16, np.int32):
            if values.min() >= np.iinfo(dtype).min and values.max() <= np.iinfo(dtype).max:
                return values.astype(dtype)
    return values.astype(np.float32)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
