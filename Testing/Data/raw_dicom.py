"""DICOM files written element by element: what scanners and converters really leave behind."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian

STRAIGHT = (1, 0, 0, 0, 1, 0)


def write_slice(
    path: Path, raw: np.ndarray, *, number: int, series: str, **elements: object
) -> None:
    """Write one CT slice (rows, columns), uint16; `elements` are set on top, None: left out."""
    dataset = _image(path, raw, CTImageStorage, f"{series}.{number}", series)
    dataset.InstanceNumber = number
    dataset.ImageOrientationPatient = list(STRAIGHT)
    dataset.PixelSpacing, dataset.RescaleSlope, dataset.RescaleIntercept = [1.2, 1.5], 1, -1024
    for name, value in elements.items():
        setattr(dataset, name, value)
        if value is None:
            delattr(dataset, name)
    dataset.save_as(path, enforce_file_format=True)


def write_frames(
    path: Path,
    raw: np.ndarray,
    positions: np.ndarray,
    *,
    cosines: Sequence[float] = STRAIGHT,
    pixel_mm: tuple[float, float] = (1.2, 1.5),
    intercepts: Sequence[float] = (),
) -> None:
    """Write frames (N, rows, columns), uint16, with their (N, 3) LPS positions.

    Args:
        path: The file.
        raw: Stored values.
        positions: Of each frame's first voxel; an empty array: the frames do not say.
        cosines: Of rows and columns, shared by all frames.
        pixel_mm: Between rows, then between columns.
        intercepts: Of each frame; the slope is 1.
    """
    dataset = _image(path, raw, EnhancedCTImageStorage, "1.2.3.4", "1.2.3")
    dataset.NumberOfFrames = len(raw)
    shared = Dataset()
    shared.PlaneOrientationSequence = [_with(ImageOrientationPatient=list(map(float, cosines)))]
    shared.PixelMeasuresSequence = [_with(PixelSpacing=list(pixel_mm), SliceThickness=1.0)]
    dataset.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for number in range(len(positions)):
        frame = Dataset()
        place = [round(float(value), 6) for value in positions[number]]
        frame.PlanePositionSequence = [_with(ImagePositionPatient=place)]
        if intercepts:
            scale = _with(RescaleSlope=1, RescaleIntercept=intercepts[number])
            frame.PixelValueTransformationSequence = [scale]
        frames.append(frame)
    if frames:
        dataset.PerFrameFunctionalGroupsSequence = frames
    dataset.save_as(path, enforce_file_format=True)


def _image(path: Path, raw: np.ndarray, kind: str, uid: str, series: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = kind, uid
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.Modality = "1.2", series, "CT"
    dataset.Rows, dataset.Columns = raw.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = raw.astype("<u2").tobytes()
    return dataset


def _with(**elements: object) -> Dataset:
    dataset = Dataset()
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset
