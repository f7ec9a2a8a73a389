"""Labelled scans in a folder, given to training as the same samples as the synthetic views."""

from .entries import Dataset, Entry, find_dataset
from .labelled_scan import LabelledScan, read_labelled_scan
from .left_out import LeftOut
from .prepare import PreparedData, prepare, split_cases
from .region import Region

__all__ = [
    "Dataset",
    "Entry",
    "LabelledScan",
    "LeftOut",
    "PreparedData",
    "Region",
    "find_dataset",
    "prepare",
    "read_labelled_scan",
    "split_cases",
]
