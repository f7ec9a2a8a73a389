"""What a scan's DICOM files say of patient, study and place, kept without their pixels."""

from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from sammoe.image_io import series_files

_OFTEN_MISSING = (
    "AccessionNumber",
    "PatientBirthDate",
    "PatientID",
    "PatientName",
    "PatientSex",
    "ReferringPhysicianName",
    "SliceThickness",
    "StudyDate",
    "StudyID",
    "StudyTime",
)
"""Which a file must have, if only empty; anonymisers leave them out."""


def read_headers(path: Path) -> tuple[Dataset, ...]:
    """Return one header for each file that `read_volume` reads the scan from.

    Args:
        path: An image file or a folder.

    Returns:
        In no order; empty where the scan is not DICOM.
    """
    headers = tuple(
        pydicom.dcmread(file, stop_before_pixels=True, force=True)  # old ones have no preamble
        for file in series_files(path)
    )
    for header in headers:
        for keyword in _OFTEN_MISSING:
            header.setdefault(keyword, None)
    return headers
