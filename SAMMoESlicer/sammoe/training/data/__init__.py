"""Labelled scans in a folder, given to training as the same samples as the synthetic views."""

from .entries import Dataset, Entry, find_dataset
from .labelled_scan import LabelledScan, read_labelled_scan
from .left_out import LeftOut
from .prepare import PreparedData, prepare, split_cases
from .region import Region
from .scan_folder import ScanFolder

__all__ = [
    "Dataset",
    "Entry",
    "LabelledScan",
    "LeftOut",
    "PreparedData",
    "Region",
    "ScanFolder",
    "find_dataset",
    "prepare",
    "read_labelled_scan",
    "split_cases",
]
