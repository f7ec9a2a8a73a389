"""Find the labelled scans of a folder: nnU-Net's layout, or plain image/label pairs."""

import logging
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import SAMMoEError
from ..image_io import shown
from .dataset_labels import DatasetLabels, read_dataset_labels
from .left_out import LeftOut

logger = logging.getLogger(__name__)

SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
IMAGE_FOLDERS = ("imagesTr", "images", "image")
LABEL_FOLDERS = ("labelsTr", "labels", "label", "masks", "segmentations")
_LABEL_ENDING = re.compile(r"(.+?)[-_. ](labels?|segmentation|seg|masks?|gt)$", re.IGNORECASE)
_CHANNEL = re.compile(r"(.+)_(\d{4})")
NO_LABEL_MAP = "no label map of this name"
LAYOUTS = (
    "imagesTr/ and labelsTr/ as nnU-Net has them, images/ and labels/ with equal file names, or "
    "scan.nii.gz beside scan_label.nii.gz"
)


@dataclass(frozen=True)
class Entry:
    """One scan and its label map, not read yet.

    Attributes:
        name: The scan's file name without its ending.
        image: Path of the scan.
        labels: Path of the label map.
        ignore: Value of voxels nobody annotated; None: all are annotated.
    """

    name: str
    image: Path
    labels: Path
    ignore: int | None = None


@dataclass(frozen=True)
class Dataset:
    """What a folder holds.

    Attributes:
        folder: Where.
        entries: Scans with a label map, by name.
        labels: What `dataset.json` says of them.
    """

    folder: Path
    entries: tuple[Entry, ...]
    labels: DatasetLabels = field(default_factory=DatasetLabels)

    @property
    def label_names(self) -> dict[int, str]:
        """Names of label values where `dataset.json` gives them."""
        return self.labels.names

    def named(self, patterns: Collection[str]) -> list[Entry]:
        """Return the scans whose name fits one of some patterns (`ct_*`); without any, all."""
        return [
            entry
            for entry in self.entries
            if not patterns or any(fnmatchcase(entry.name, pattern) for pattern in patterns)
        ]

    def label_value(self, text: str) -> int:
        """Return the label value for a number or a name of `dataset.json`.

        Raises:
            SAMMoEError: No number above 0 and no name of a label.
        """
        return self.labels.value(text, self.folder)


def find_dataset(folder: Path, left_out: LeftOut, *, channel: int = 0) -> Dataset:
    """Return the scans of a folder that have a label map.

    Args:
        folder: In one of the layouts of `LAYOUTS`.
        left_out: Told of scans without label map, of label maps without scan, and of files whose
            name another file has taken.
        channel: Which channel of a multi-channel nnU-Net scan (`_0000`, `_0001`, ...) is read.

    Raises:
        SAMMoEError: No such folder, an unreadable `dataset.json`, or no scan with a label map.
    """
    if not folder.is_dir():
        raise SAMMoEError(f"there is no folder {folder}; name one with {LAYOUTS}")
    image_folder = _first_folder(folder, IMAGE_FOLDERS)
    label_folder = _first_folder(folder, LABEL_FOLDERS)
    if image_folder and label_folder:
        named = ((_without_label_ending(name), path) for name, path in _image_files(label_folder))
        labels = _once_each(named, left_out)
        images = _scans_in(image_folder, labels, channel, left_out)
    else:
        images, labels = _pairs_in(folder, left_out)
    for name in sorted(images.keys() - labels.keys()):
        left_out.add(name, NO_LABEL_MAP)
    for name in sorted(labels.keys() - images.keys()):
        left_out.add(name, "a label map without its scan")
    both = sorted(images.keys() & labels.keys())
    if not both:
        raise SAMMoEError(f"{folder} holds no scan with a label map; expected {LAYOUTS}")
    said = read_dataset_labels(folder / "dataset.json")
    if said.regions:
        logger.warning(
            "regions are not read, their labels are taken one by one: %s", said.regions_in_words()
        )
    entries = (Entry(shown(name), images[name], labels[name], said.ignore) for name in both)
    return Dataset(folder, tuple(entries), said)


def stem_of(path: Path) -> str | None:
    """Return a file's name without its image ending; None: not an image file."""
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return None


def _first_folder(folder: Path, names: Iterable[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _image_files(folder: Path) -> list[tuple[str, Path]]:
    """Return the name and path of every image file."""
    named = ((stem_of(path), path) for path in sorted(folder.iterdir()))
    return [(name, path) for name, path in named if name and not path.name.startswith(".")]


def _once_each(named: Iterable[tuple[str, Path]], left_out: LeftOut) -> dict[str, Path]:
    """Return files by name; of several with one name the first is taken."""
    found: dict[str, Path] = {}
    for name, path in named:
        taken = found.setdefault(name, path)
        if taken != path:
            left_out.add(path.name, f"{taken.name} is taken for '{name}'; keep one of them")
    return found


def _scans_in(
    folder: Path, labels: Collection[str], channel: int, left_out: LeftOut
) -> dict[str, Path]:
    """Return scans by name; of nnU-Net's channels only the wanted one.

    The number at the end of `patient_0000` is no channel where a label map has that name too.
    """
    scans = []
    for name, path in _image_files(folder):
        numbered = None if name in labels else _CHANNEL.fullmatch(name)
        if numbered is None:
            scans.append((name, path))
        elif int(numbered[2]) == channel:
            scans.append((numbered[1], path))
        elif numbered[1] not in labels:
            left_out.add(name, NO_LABEL_MAP)
    return _once_each(scans, left_out)


def _pairs_in(folder: Path, left_out: LeftOut) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return scans and label maps that lie side by side."""
    files = _image_files(folder)  # `a.seg.nrrd` has the name `a.seg`
    scans = [(name, path) for name, path in files if _without_label_ending(name) == name]
    images = _once_each(scans, left_out)
    maps = [(scan, path) for name, path in files if (scan := _without_label_ending(name)) != name]
    return images, _once_each(((_scan_of(scan, images), path) for scan, path in maps), left_out)


def _scan_of(name: str, images: Mapping[str, Path]) -> str:
    """Return the scan a label map is of: `ct_spine_labels` may lie beside `ct`."""
    shorter = [scan for scan in images if name.startswith(f"{scan}_")]
    return name if name in images or not shorter else max(shorter, key=len)


def _without_label_ending(name: str) -> str:
    ending = _LABEL_ENDING.fullmatch(name)
    return ending[1] if ending else name
