"""A data set folder of the user's own, in nnU-Net's layout, to which examples are added."""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sammoe import Volume
from sammoe.errors import PromptError, SAMMoEError
from sammoe.intensity import CT_AIR_HU, sample_values
from sammoe.path_lock import path_lock
from sammoe.patiently import patiently
from sammoe.whole_file import PART_PREFIX, written_whole

from .Bridge.Example import Example, sameStructure
from .ExampleRecord import FORMAT, ExampleRecord
from .ScanPlaces import Share

IMAGES, LABELS, RECORDS = "imagesTr", "labelsTr", "examples"
DATASET = "dataset.json"
ENDING = ".nrrd"
"""Holds every grid, sheared and far away ones too, and nnU-Net reads it."""
MARK = "sammoe_examples"
STAGE_PREFIX = f"{PART_PREFIX}example-"
MOST_LABELS = 255
RESERVED = ("background", "ignore")


class ExampleStore:
    """Adds examples to a folder, whole or not at all; nothing leaves the computer.

    `imagesTr/` and `labelsTr/` are what nnU-Net and `sammoe train-expert --data` read. Beside
    them `examples/` keeps, for each scan, whole masks, prompts, what the model had drawn, overlaps,
    and what was not submitted.

    Args:
        folder: New, empty, or begun by another store.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._records: dict[Path, tuple[float, ExampleRecord]] = {}

    def submit(self, volume: Volume, example: Example, *, source: str = "") -> ExampleRecord:
        """Add a structure of a scan, or put it in the place of its earlier self.

        Args:
            volume: The scan; its name in the data set is made of its content.
            example: The structure on the scan's grid.
            source: Name of the scan's file, to know later that it is done.

        Raises:
            PromptError: The structure's name cannot be a label.
            SAMMoEError: The folder is somebody else's, or cannot be written to; nothing of the
                example is left in it then.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with path_lock(self.folder / f"{PART_PREFIX}lock", wait=False), self._stage() as stage:
                return self._submit(volume, example, source, stage)
        except BlockingIOError as error:
            raise SAMMoEError(
                f"another Slicer is writing to {self.folder} at this moment; submit again"
            ) from error
        except OSError as error:
            raise SAMMoEError(self._notSaved(error.strerror or str(error))) from error

    def counts(self) -> dict[str, int]:
        """Return how many examples there are of each structure, in the order of their names.

        Raises:
            SAMMoEError: A record cannot be read.
        """
        counted = Counter(name for record in self.records() for name in record.structures)
        return {name: counted[name] for name in sorted(counted, key=str.casefold)}

    def terminology(self, name: str) -> str:
        """Return the codes of a structure as Slicer writes them; empty where no example has any."""
        kept = (record.structures.get(name, {}) for record in self.records())
        return next((str(k["terminology"]) for k in kept if k.get("terminology")), "")

    def places(self, name: str, *, most: int = 5) -> list[Share]:
        """Return where a structure lay in the scans of its last examples.

        Raises:
            SAMMoEError: A record cannot be read.
        """
        kept = [r.structures[name] for r in self.records() if name in r.structures]
        kept.sort(key=lambda one: str(one.get("submitted", "")))
        places = (one.get("place") for one in kept[-most:])
        return [(float(r), float(a), float(s)) for r, a, s in (p for p in places if p)]

    def sources(self) -> set[str]:
        """Return the names of the files that examples were made of."""
        return {record.source for record in self.records() if record.source}

    def records(self) -> list[ExampleRecord]:
        """Return what is kept of each scan; files that have not changed are not read again."""
        return [self._read(path) for path in sorted((self.folder / RECORDS).glob("*.json"))]

    def _read(self, path: Path) -> ExampleRecord:
        time_s = path.stat().st_mtime
        if path not in self._records or self._records[path][0] != time_s:
            self._records[path] = time_s, ExampleRecord.read(path)
        return self._records[path][1]

    def _submit(self, volume: Volume, example: Example, source: str, stage: Path) -> ExampleRecord:
        case = f"scan_{volume.content_hash[:12]}"
        dataset = self._dataset(volume)
        label = _labelFor(example.name, dataset["labels"])
        name = next(n for n, value in dataset["labels"].items() if value == label)
        path = self.folder / RECORDS / f"{case}.json"
        record = self._read(path) if path.exists() else ExampleRecord(case)
        record = replace(record, source=source or record.source)
        record = record.withExample(_named(example, name), label, volume)
        self._write(volume, record, dataset, stage)
        return record

    def _write(
        self, volume: Volume, record: ExampleRecord, dataset: dict[str, Any], stage: Path
    ) -> None:
        """Write all files aside, read them back, then put them in their places."""
        from sammoe.image_io import write_volume

        image = self.folder / IMAGES / f"{record.case}_0000{ENDING}"
        labels = self.folder / LABELS / f"{record.case}{ENDING}"
        dataset["numTraining"] = len({*(r.case for r in self.records()), record.case})
        staged = {stage / DATASET: self.folder / DATASET}
        if not image.exists():
            staged[stage / f"image{ENDING}"] = image
        staged[stage / f"labels{ENDING}"] = labels
        staged[stage / "record.json"] = self.folder / RECORDS / f"{record.case}.json"
        try:
            if not image.exists():
                write_volume(stage / f"image{ENDING}", volume)
            labelMap = record.labelMap(volume.array_kji.shape)
            write_volume(stage / f"labels{ENDING}", Volume(labelMap, volume.ijk_to_ras))
        except SAMMoEError as error:
            raise SAMMoEError(
                self._notSaved(str(error).partition(": ")[2] or str(error))
            ) from error
        for name, content in (
            (DATASET, json.dumps(dataset, ensure_ascii=False, indent=1).encode()),
            ("record.json", record.toJson()),
        ):
            with written_whole(stage / name) as stream:
                stream.write(content)
        for part, path in staged.items():
            path.parent.mkdir(exist_ok=True)
            patiently(partial(part.replace, path))

    def _dataset(self, volume: Volume) -> dict[str, Any]:
        """Return the content of `dataset.json`, new in an empty folder.

        Raises:
            SAMMoEError: The folder holds something else.
        """
        path = self.folder / DATASET
        if not path.exists():
            if any((self.folder / name).exists() for name in (IMAGES, LABELS)):
                raise SAMMoEError(self._notOurs())
            return _newDataset(volume)
        try:
            dataset: dict[str, Any] = json.loads(path.read_text("utf-8"))
            isOurs = MARK in dataset and isinstance(dataset["labels"], dict)
        except (ValueError, KeyError, TypeError):
            isOurs = False
        if not isOurs:
            raise SAMMoEError(self._notOurs())
        if dataset[MARK] != FORMAT:
            raise SAMMoEError(
                f"{self.folder} was begun by another version of SAMMoESlicer: update this one, or "
                "choose an empty folder"
            )
        return dataset

    @contextmanager
    def _stage(self) -> Iterator[Path]:
        """Give a folder on the same disk, which is gone afterwards.

        The store is locked, so that the folders that lie there are of killed writers: they go, too.
        """
        for left in self.folder.glob(f"{STAGE_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            prefix=STAGE_PREFIX, dir=self.folder, ignore_cleanup_errors=True
        ) as stage:
            yield Path(stage)

    def _notOurs(self) -> str:
        return (
            f"{self.folder} holds a data set that was not begun here; choose an empty folder, so "
            "that nothing in it is changed"
        )

    def _notSaved(self, why: str) -> str:
        return (
            f"the example was not saved, {self.folder} is as it was: {why}; is there space on the "
            "disk, may you write there?"
        )


def _newDataset(volume: Volume) -> dict[str, Any]:
    isCt = float(sample_values(volume).min()) <= CT_AIR_HU
    return {
        MARK: FORMAT,
        "channel_names": {"0": "CT" if isCt else "MRI"},
        "labels": {"background": 0},
        "numTraining": 0,
        "file_ending": ENDING,
    }


def _labelFor(name: str, labels: dict[str, int]) -> int:
    """Return a structure's label value; a new one gets the next, in the dictionary too.

    Raises:
        PromptError: The name has a meaning of its own there, or there are too many.
    """
    plain = name.strip()
    if not plain or plain.casefold() in RESERVED:
        raise PromptError(f"'{name}' cannot be the name of a structure: give the segment another")
    for known, value in labels.items():
        if sameStructure(known, plain):
            return value
    value = max(labels.values()) + 1
    if value > MOST_LABELS:
        raise PromptError(f"the data set has {MOST_LABELS} structures: begin another folder")
    labels[plain] = value
    return value


def _named(example: Example, name: str) -> Example:
    """Return an example under the name that its structure has in the data set."""
    return replace(example, name=name)
