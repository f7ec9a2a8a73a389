"""The cases of a study: found and checked, but read only where they are scored."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError, SAMMoEError
from ..labelled_scans import Entry, LeftOut, find_dataset, read_labelled_scan
from ..labelled_scans.labelled_scan import LabelledScan
from ..volume import Volume

MIN_VOXELS = 100


@dataclass(frozen=True)
class StudyCase:
    """One object to segment; small enough to travel.

    Attributes:
        name: Scan and label.
        class_name: Cases of one class are averaged.
        entry: The scan and its label map.
        label: The object's value.
    """

    name: str
    class_name: str
    entry: Entry
    label: int

    def read(self) -> tuple[Volume, NDArray[np.bool_], NDArray[np.bool_] | None]:
        """Return the scan, the object's mask, and where nobody annotated, (k, j, i) or None."""
        scan = read_labelled_scan(self.entry)
        return scan.volume, scan.mask_kji(self.label), scan.ignored_kji


def study_cases(
    folder: Path,
    left_out: LeftOut,
    *,
    labels: Collection[str] = (),
    channel: int = 0,
    min_voxels: int = MIN_VOXELS,
) -> list[StudyCase]:
    """Return a case for every labelled object of a folder.

    Args:
        folder: In one of the layouts training takes.
        left_out: Told of scans that cannot be used, and of objects that are too small.
        labels: Values or names wanted; empty: all.
        channel: Which channel of multi-channel scans.
        min_voxels: Smaller objects are left out.

    Raises:
        SAMMoEError: No such folder or label, or nothing usable.
    """
    dataset = find_dataset(folder, left_out, channel=channel)
    wanted = {dataset.label_value(label) for label in labels}
    cases: list[StudyCase] = []
    for entry in dataset.entries:
        try:
            scan = read_labelled_scan(entry)
        except GeometryError as error:
            left_out.add(entry.name, str(error))
            continue
        cases += _cases_of(scan, entry, dataset.label_names, wanted, min_voxels, left_out)
    if not cases:
        raise SAMMoEError(f"{folder} has no labelled object of {min_voxels} voxels or more")
    return cases


def _cases_of(
    scan: LabelledScan,
    entry: Entry,
    names: Mapping[int, str],
    wanted: Collection[int],
    min_voxels: int,
    left_out: LeftOut,
) -> list[StudyCase]:
    found = []
    for value, count in zip(*np.unique(scan.labels_kji, return_counts=True), strict=True):
        label = int(value)
        if label in (0, scan.ignore) or (wanted and label not in wanted):
            continue
        name = f"{entry.name}:{label}"
        if count < min_voxels:
            left_out.add(name, f"the object has {count} voxels, fewer than {min_voxels}")
            continue
        found.append(StudyCase(name, names.get(label, f"label {label}"), entry, label))
    return found
