"""Volumes and masks from and to files; curves from them.

Reads NIfTI, NRRD, MHA and everything else SimpleITK knows, and folders of DICOM slices. Writes a
mask as `.seg.nrrd`, which 3D Slicer opens as a segmentation, or as a plain label image.
Reads curves that were drawn in Slicer.
"""

from .dicom_series import is_dicom, series_files
from .markup_curves import LABEL_BY_SIDE, MarkupCurve, read_curves
from .mask_files import check_mask_path, read_mask, read_segment_info, write_mask
from .plain_names import shown
from .slicer_segmentation import SegmentInfo, terminology_entry
from .volume_files import read_volume, write_volume

__all__ = [
    "LABEL_BY_SIDE",
    "MarkupCurve",
    "SegmentInfo",
    "check_mask_path",
    "is_dicom",
    "read_curves",
    "read_mask",
    "read_segment_info",
    "read_volume",
    "series_files",
    "shown",
    "terminology_entry",
    "write_mask",
    "write_volume",
]
