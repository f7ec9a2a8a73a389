"""Volumes and masks from and to files.

Reads NIfTI, NRRD, MHA and everything else SimpleITK knows, and folders of DICOM slices. Writes a
mask as `.seg.nrrd`, which 3D Slicer opens as a segmentation, or as a plain label image.
"""

from .dicom_series import is_dicom, series_files
from .mask_files import check_mask_path, read_mask, write_mask
from .plain_names import shown
from .slicer_segmentation import SegmentInfo, terminology_entry
from .volume_files import read_volume, write_volume

__all__ = [
    "SegmentInfo",
    "check_mask_path",
    "is_dicom",
    "read_mask",
    "read_volume",
    "series_files",
    "shown",
    "terminology_entry",
    "write_mask",
    "write_volume",
]
