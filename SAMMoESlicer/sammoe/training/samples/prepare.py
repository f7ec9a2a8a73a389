"""From a folder to objects ready to train on; resampled once, then found by content."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...bundle import InputCard
from ...errors import GeometryError, SAMMoEError
from ...labelled_scans import (
    Dataset,
    Entry,
    LabelledScan,
    LeftOut,
    ScanFolder,
    Structures,
    find_dataset,
    read_labelled_scan,
    structures_of,
)
from ...user_cache import user_cache
from ...whole_file import written_whole
from .region import cut_region, load_region, save_region

MIN_VOXELS = 20
RECIPE = 2
"""Raised when regions are cut in another way, so that older ones are not taken."""


@dataclass(frozen=True)
class CachedObject:
    """One object of one scan, resampled on disk.

    Attributes:
        case: The scan's name.
        label: Its label value.
        path: The region's file.
    """

    case: str
    label: int
    path: Path


@dataclass(frozen=True)
class PreparedData:
    """What a folder gave.

    Attributes:
        dataset: The folder.
        objects: The objects of all good scans.
        structures: Says whose scans they are.
    """

    dataset: Dataset
    objects: tuple[CachedObject, ...]
    structures: Structures = field(default_factory=Structures)

    @property
    def case_names(self) -> list[str]:
        """Names of the scans in use."""
        return sorted({item.case for item in self.objects})

    @property
    def digest(self) -> str:
        """Return what is equal for the same scans and labels, whatever the folder's name."""
        files = sorted((item.case, item.path.name) for item in self.objects)
        return hashlib.blake2b(json.dumps(files).encode(), digest_size=12).hexdigest()

    def part(self, cases: Sequence[str]) -> "PreparedData":
        """Return the objects of some scans only."""
        chosen = set(cases)
        kept = tuple(item for item in self.objects if item.case in chosen)
        return PreparedData(self.dataset, kept, self.structures)

    def split(self) -> tuple["PreparedData", "PreparedData"]:
        """Return scans to train on and scans to measure on; no patient has scans in both.

        A single patient's scans are both: what is measured on them was seen in training.
        """
        train, held_out = split_patients(self.patients)
        return self._of_patients(train), self._of_patients(held_out)

    def folds(self, count: int) -> list[tuple["PreparedData", "PreparedData"]]:
        """Return, `count` times, scans to train on and scans to measure on.

        Every patient's are measured on once.

        Raises:
            SAMMoEError: There are fewer patients.
        """
        patients = shuffled_patients(self.patients)
        if not 2 <= count <= len(patients):
            raise SAMMoEError(
                f"the scans of {len(patients)} patients cannot be divided into {count} folds; take "
                "a number of --folds from 2 to that many, or leave it out"
            )
        dealt = [patients[number::count] for number in range(count)]
        return [
            (self._of_patients([p for p in patients if p not in own]), self._of_patients(own))
            for own in dealt
        ]

    @property
    def patients(self) -> list[str]:
        """Whose scans they are."""
        return sorted({self.structures.patient_of(name) for name in self.case_names})

    def _of_patients(self, patients: Sequence[str]) -> "PreparedData":
        of = self.structures.patient_of
        return self.part([name for name in self.case_names if of(name) in patients])


def cache_folder(wanted: Path | None = None) -> Path:
    """Return where resampled regions are kept: as wanted, else in the user's cache.

    Raises:
        SAMMoEError: The folder cannot be made.
    """
    if wanted is None:
        base = os.environ.get("XDG_CACHE_HOME") or user_cache()
        wanted = Path(base) / "sammoe" / "regions"
    try:
        wanted.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SAMMoEError(
            f"{wanted} cannot be made ({error.strerror}); name another folder with --cache"
        ) from error
    return wanted


def prepare(
    folder: ScanFolder,
    card: InputCard,
    *,
    left_out: LeftOut,
    cache: Path | None = None,
    on_scan: Callable[[int, int], None] | None = None,
) -> PreparedData:
    """Return the objects of a folder, resampled for a bundle.

    Args:
        folder: Where, and which labels.
        card: How the bundle's patches are made.
        left_out: Told of every scan, and why it is not used.
        cache: Where resampled regions are kept.
        on_scan: Called with the number of scans done and of all.

    Raises:
        SAMMoEError: No such folder or label, or no scan is usable.
    """
    dataset = find_dataset(folder.path, left_out, channel=folder.channel)
    structures = structures_of(dataset, folder.structures)
    entries = dataset.named(folder.scans)
    wanted = frozenset(dataset.label_value(label) for label in folder.labels)
    place = cache_folder(cache)
    objects: list[CachedObject] = []
    if on_scan:
        on_scan(0, len(entries))
    for n, entry in enumerate(entries):
        try:
            objects += _objects_of(entry, wanted, card, place)
            left_out.use(entry.image)
        except (GeometryError, OSError) as error:
            left_out.add(entry.name, str(error))
        if on_scan:
            on_scan(n + 1, len(entries))
    if not objects:
        reasons = "; ".join(f"{name}: {why}" for name, why in list(left_out)[:3])
        reasons = reasons or f"none is called {' or '.join(folder.scans)}"
        raise SAMMoEError(f"no scan of {folder.path} can be used ({reasons})")
    return PreparedData(dataset, tuple(objects), structures)


def split_patients(names: Sequence[str], *, held_out: float = 0.2) -> tuple[list[str], list[str]]:
    """Return patients to train on and patients to measure on; the same names split alike.

    A single one is both.
    """
    if len(names) < 2:
        return list(names), list(names)
    shuffled = shuffled_patients(names)
    count = min(max(1, round(held_out * len(names))), len(names) - 1)
    return sorted(shuffled[count:]), sorted(shuffled[:count])


def shuffled_patients(names: Sequence[str]) -> list[str]:
    """Return names in an order that means nothing and is always the same."""
    return sorted(names, key=lambda name: hashlib.blake2b(name.encode()).digest())


def _objects_of(
    entry: Entry, wanted: frozenset[int], card: InputCard, place: Path
) -> list[CachedObject]:
    """Return a scan's objects, from the cache where its content was seen before."""
    key = _content_key(entry, card)
    index = place / f"{key}.json"
    if not _index_is_whole(index, place, key, wanted):
        _fill(read_labelled_scan(entry), wanted, card, place, key)
    voxels: dict[str, int] = json.loads(index.read_text("utf-8"))
    chosen = {int(v): count for v, count in voxels.items() if _is_wanted(int(v), wanted)}
    if not chosen:
        missing = " or ".join(map(str, sorted(wanted)))
        raise GeometryError(f"label {missing} does not occur; it has: {', '.join(voxels)}")
    large = [value for value, count in chosen.items() if count >= MIN_VOXELS]
    if not large:
        raise GeometryError(f"nothing labelled has {MIN_VOXELS} voxels or more")
    return [CachedObject(entry.name, value, place / f"{key}-{value}.npz") for value in large]


def _is_wanted(value: int, wanted: frozenset[int]) -> bool:
    return not wanted or value in wanted


def _fill(
    scan: LabelledScan, wanted: frozenset[int], card: InputCard, place: Path, key: str
) -> None:
    voxels = {value: int(scan.mask_kji(value).sum()) for value in scan.label_values}
    for value, count in voxels.items():
        if _is_wanted(value, wanted) and count >= MIN_VOXELS:
            region = cut_region(
                scan.volume, scan.mask_kji(value), card, ignored_kji=scan.ignored_kji
            )
            save_region(place / f"{key}-{value}.npz", region)
    with written_whole(place / f"{key}.json") as stream:
        stream.write(json.dumps(voxels).encode())


def _index_is_whole(index: Path, place: Path, key: str, wanted: frozenset[int]) -> bool:
    try:
        voxels: dict[str, int] = json.loads(index.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    needed = [v for v, n in voxels.items() if n >= MIN_VOXELS and _is_wanted(int(v), wanted)]
    return all(load_region(place / f"{key}-{value}.npz") is not None for value in needed)


def _content_key(entry: Entry, card: InputCard) -> str:
    recipe = [RECIPE, asdict(card), *([] if entry.ignore is None else [entry.ignore])]
    digest = hashlib.blake2b(json.dumps(recipe).encode(), digest_size=12)
    for path in (entry.image, entry.labels):
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "blake2b").digest())
    return digest.hexdigest()
