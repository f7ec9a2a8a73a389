r"""What a data set's labels are, and whose its scans; a JSON file beside them.

    {
      "format": 1,
      "patient": "^(sts\\d+)_",
      "structures": [
        {"scans": "ct_*", "labels": {"27": "L5", "28": "L4"},
         "group": "vertebra", "expert": "vertebra"},
        {"scans": "ct_*", "labels": {"1": "spleen"}, "group": "compact organ"}
      ]
    }

`scans` is a pattern of scan names (`*` alone where it is left out); `patient` finds in a scan's
name whose it is, by its first group. Group and expert may be left out.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..errors import SAMMoEError
from .entries import Dataset

FILE = "structures.json"
FORMAT = 1


@dataclass(frozen=True)
class Structure:
    """What a label of a scan is.

    Attributes:
        name: As people call it; cases of one name are averaged.
        group: What sort of structure it is; empty: none is said.
        expert: Id of the expert whose task it is; empty: none is said.
    """

    name: str
    group: str = ""
    expert: str = ""


@dataclass(frozen=True)
class Structures:
    """All that is said of a data set.

    Attributes:
        known: Pattern of scan names, label value, what it is.
        patient: Finds the patient in a scan's name; None: every scan is of another one.
    """

    known: tuple[tuple[str, int, Structure], ...] = ()
    patient: re.Pattern[str] | None = None
    names: Mapping[int, str] = field(default_factory=dict)

    def of(self, scan: str, label: int) -> Structure:
        """Return what a label of a scan is; one that is not known is called by its value."""
        for pattern, value, structure in self.known:
            if value == label and fnmatchcase(scan, pattern):
                return structure
        return Structure(self.names.get(label, f"label {label}"))

    def names_one(self, name: str) -> bool:
        """Say whether a label has this name."""
        return any(structure.name == name for _, _, structure in self.known)

    def all_names(self) -> list[tuple[int, str]]:
        """Return every label that is named, with its name."""
        known = [(label, structure.name) for _, label, structure in self.known]
        return [*known, *self.names.items()]

    def patient_of(self, scan: str) -> str:
        """Return whose scan it is."""
        found = self.patient.search(scan) if self.patient else None
        return found[1] if found else scan


def read_structures(path: Path, names: Mapping[int, str] | None = None) -> Structures:
    """Return what a file says of a data set.

    Args:
        path: As described above.
        names: Of labels the file does not name, as `dataset.json` has them.

    Raises:
        SAMMoEError: It cannot be read, or is not of this form.
    """
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if said.get("format") != FORMAT:
            raise ValueError(f"its format is {said.get('format')!r}, expected {FORMAT}")
        known = tuple(
            (entry.get("scans", "*"), int(label), _structure(entry, name))
            for entry in said.get("structures", ())
            for label, name in entry["labels"].items()
        )
        pattern = said.get("patient")
        patient = re.compile(pattern) if pattern else None
        if patient is not None and patient.groups < 1:
            raise ValueError("'patient' has no group in parentheses")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise SAMMoEError(f"{path} does not say what labels are: {error}") from error
    return Structures(known, patient, names or {})


def structures_of(dataset: Dataset, path: Path | None = None) -> Structures:
    """Return what is said of a data set.

    Args:
        dataset: The data set.
        path: Where it is said; None: in `structures.json` beside the scans, if it is there.

    Raises:
        SAMMoEError: The file cannot be read, or is not of this form.
    """
    if path is None:
        path = dataset.folder / FILE
        if not path.exists():
            return Structures(names=dataset.label_names)
    return read_structures(path, dataset.label_names)


def _structure(entry: Mapping[str, Any], name: str) -> Structure:
    return Structure(str(name), str(entry.get("group", "")), str(entry.get("expert", "")))
