"""What nnU-Net's `dataset.json` says of the labels: names, the reserved `ignore`, regions."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import SAMMoEError

IGNORE = "ignore"


@dataclass(frozen=True)
class DatasetLabels:
    """The labels of a folder.

    Attributes:
        names: Names of label values above 0.
        ignore: Value of voxels nobody annotated; they belong to no class, object or score.
        regions: Values by the name of a region that joins several labels.
    """

    names: dict[int, str] = field(default_factory=dict)
    ignore: int | None = None
    regions: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def value(self, text: str, folder: Path) -> int:
        """Return the label value for a number or a name.

        Raises:
            SAMMoEError: Neither a number above 0 nor a known name, a region, or `ignore`.
        """
        if text.lower() == IGNORE or text == str(self.ignore):
            raise SAMMoEError(f"'{text}' marks voxels of {folder} that nobody annotated: no class")
        for name, values in self.regions.items():
            if name.lower() == text.lower():
                raise SAMMoEError(
                    f"'{text}' is a region of the labels {_listed(values)} in {folder}; regions "
                    "are not read: name its labels one by one, or write it as a label"
                )
        for value, name in self.names.items():
            if name.lower() == text.lower():
                return value
        if text.isdecimal() and int(text) > 0:
            return int(text)
        known = ", ".join(f"{value} {name}" for value, name in self.names.items())
        raise SAMMoEError(
            f"'{text}' is no label of {folder}; "
            + (f"its labels are: {known}" if known else "give its value, a whole number from 1")
        )

    def regions_in_words(self) -> str:
        """Return the regions for a note; empty where there are none."""
        return "; ".join(f"{name} = {_listed(values)}" for name, values in self.regions.items())


def read_dataset_labels(path: Path) -> DatasetLabels:
    """Return the labels of a `dataset.json` of nnU-Net's first or second version.

    Raises:
        SAMMoEError: There is one, and it cannot be read.
    """
    if not path.is_file():
        return DatasetLabels()
    try:
        said: dict[str, Any] = json.loads(path.read_text("utf-8")).get("labels", {})
        values = {name: _values(name, value) for name, value in said.items()}
    except (ValueError, TypeError, AttributeError, OSError) as error:
        raise SAMMoEError(f"{path} cannot be read: {error}") from error
    names = {numbers[0]: name for name, numbers in values.values() if len(numbers) == 1}
    ignore = next((value for value, name in names.items() if name.lower() == IGNORE), None)
    named = {n: names[n] for n in sorted(names) if n > 0 and n != ignore}
    regions = {name: numbers for name, numbers in values.values() if len(numbers) > 1}
    return DatasetLabels(named, ignore, regions)


def _values(key: str, value: Any) -> tuple[str, tuple[int, ...]]:
    """Return a label's name and values; the first version has them the other way round."""
    if isinstance(value, list | tuple):
        return str(key), tuple(int(number) for number in value)
    if isinstance(value, int):
        return str(key), (value,)
    return str(value), (int(key),)


def _listed(values: tuple[int, ...]) -> str:
    return ", ".join(map(str, values))
