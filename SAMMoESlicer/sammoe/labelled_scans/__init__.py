"""Labelled scans in a folder: found, read, and refused with a reason where they are unfit."""

from .entries import Dataset, Entry, find_dataset
from .labelled_scan import LabelledScan, read_labelled_scan
from .left_out import LeftOut
from .scan_folder import ScanFolder

__all__ = [
    "Dataset",
    "Entry",
    "LabelledScan",
    "LeftOut",
    "ScanFolder",
    "find_dataset",
    "read_labelled_scan",
]
