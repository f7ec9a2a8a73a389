"""The cases of an evaluation: found and checked, but read only where they are scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError, SAMMoEError
from ..labelled_scans import (
    Entry,
    LabelledScan,
    LeftOut,
    Structures,
    find_dataset,
    read_labelled_scan,
    structures_of,
)
from ..volume import Volume

MIN_VOXELS = 100


@dataclass(frozen=True)
class Case:
    """One object to segment; small enough to travel.

    Attributes:
        name: Scan and label.
        class_name: Cases of one class are averaged.
        entry: The scan and its label map.
        label: The object's value.
        group: What sort of structure it is; empty: none is said.
        expert: Id of the expert whose task it is, as the data set says; empty: it does not.
        patient: Whose scan it is.
    """

    name: str
    class_name: str
    entry: Entry
    label: int
    group: str = ""
    expert: str = ""
    patient: str = ""

    def read_scan(self) -> LabelledScan:
        """Return the scan with all its labels."""
        return read_labelled_scan(self.entry)

    def read(self) -> tuple[Volume, NDArray[np.bool_]]:
        """Return the scan and the object's mask, (k, j, i)."""
        scan = self.read_scan()
        return scan.volume, scan.mask_kji(self.label)


@dataclass(frozen=True)
class Wanted:
    """Which objects are evaluated.

    Attributes:
        labels: Values or names; empty: all.
        scans: Patterns of scan names; empty: all.
        channel: Which channel of multi-channel scans.
        min_voxels: Smaller objects are left out.
        structures: What labels are; None: as `structures.json` beside the scans says.
    """

    labels: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    channel: int = 0
    min_voxels: int = MIN_VOXELS
    structures: Path | None = None


def find_cases(
    folders: Sequence[Path], left_out: LeftOut, *, wanted: Wanted | None = None
) -> list[Case]:
    """Return a case for every labelled object of some folders.

    Args:
        folders: In one of the layouts training takes.
        left_out: Told of scans that cannot be used, and of objects that are too small.
        wanted: Which of them.

    Raises:
        SAMMoEError: No such folder or label, or nothing usable.
    """
    wanted = wanted or Wanted()
    cases = [case for folder in folders for case in _cases_in(folder, left_out, wanted)]
    if not cases:
        where = ", ".join(map(str, folders))
        raise SAMMoEError(f"{where}: no labelled object of {wanted.min_voxels} voxels or more")
    return cases


def named_classes(folders: Sequence[Path], wanted: Wanted) -> set[str]:
    """Return the names and values of classes that data sets name, drawn or not."""
    found: set[str] = set()
    for folder in folders:
        dataset = find_dataset(folder, LeftOut(), channel=wanted.channel)
        for label, name in structures_of(dataset, wanted.structures).all_names():
            found |= {str(label), name}
    return found


def _cases_in(folder: Path, left_out: LeftOut, wanted: Wanted) -> list[Case]:
    dataset = find_dataset(folder, left_out, channel=wanted.channel)
    structures = structures_of(dataset, wanted.structures)
    names = {label for label in wanted.labels if structures.names_one(label)}
    values = {dataset.label_value(label) for label in wanted.labels if label not in names}
    cases: list[Case] = []
    for entry in dataset.named(wanted.scans):
        try:
            scan = read_labelled_scan(entry)
        except GeometryError as error:
            left_out.add(entry.name, str(error))
            continue
        cases += [
            case
            for case in _cases_of(scan, entry, structures, wanted.min_voxels, left_out)
            if not wanted.labels or case.label in values or case.class_name in names
        ]
    return cases


def _cases_of(
    scan: LabelledScan,
    entry: Entry,
    structures: Structures,
    min_voxels: int,
    left_out: LeftOut,
) -> list[Case]:
    found = []
    for value, count in zip(*np.unique(scan.labels_kji, return_counts=True), strict=True):
        label = int(value)
        if label in (0, scan.ignore):
            continue
        name = f"{entry.name}:{label}"
        if count < min_voxels:
            left_out.add(name, f"the object has {count} voxels, fewer than {min_voxels}")
            continue
        what = structures.of(entry.name, label)
        patient = structures.patient_of(entry.name)
        found.append(Case(name, what.name, entry, label, what.group, what.expert, patient))
    return found
