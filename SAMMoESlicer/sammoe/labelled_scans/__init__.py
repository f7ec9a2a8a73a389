"""Labelled scans in a folder: found, read, and refused with a reason where they are unfit."""

from .entries import Dataset, Entry, find_dataset
from .labelled_scan import LabelledScan, read_labelled_scan
from .left_out import LeftOut
from .scan_folder import ScanFolder
from .structures import Structures, structures_of

__all__ = [
    "Dataset",
    "Entry",
    "LabelledScan",
    "LeftOut",
    "ScanFolder",
    "Structures",
    "find_dataset",
    "read_labelled_scan",
    "structures_of",
]
