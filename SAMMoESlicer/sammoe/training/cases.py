"""Real structures to evaluate on: one object of one volume each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import SAMMoEError
from ..image_io import read_volume
from ..volume import Volume

MIN_VOXELS = 100

COMPACT, TUBE, RIB, TUMOUR, OTHER = "compact", "tube", "rib", "MR tumour", "other"
_VERTEBRAE = range(26, 34)
_COMPACT_ORGANS = {1, 2, 3, 4, 5, 6, 10, 11, 13, 14, 86, 87, 88, 89}
_TUBES = {18, 19, 20, 52, 63, 64, 79}
_VESSELS = {52, 63, 64}
_RIBS = range(92, 117)

Sort = tuple[str, str | None]
"""A structure's group, and the expert whose task it is."""


@dataclass(frozen=True, eq=False)
class Case:
    """One object to segment.

    Attributes:
        name: File and label.
        group: What sort of structure it is.
        task: Id of the embedded default's expert whose task it is; None: nobody's.
        volume: Where.
        mask_kji: bool, the true object on the volume's grid.
    """

    name: str
    group: str
    task: str | None
    volume: Volume
    mask_kji: NDArray[np.bool_]


def reference_cases(folder: Path) -> list[Case]:
    """Return the labelled structures of the project's real scans with at least 100 voxels.

    Raises:
        SAMMoEError: A file is missing.
    """
    pairs = (
        ("ct_torso.nii.gz", "ct_torso_spine_labels.nii.gz"),
        ("ct_upper_abdomen.nii.gz", "ct_upper_abdomen_labels.nii.gz"),
        ("mr_brain_tumour.nrrd", "mr_brain_tumour_label.nrrd"),
    )
    cases: list[Case] = []
    for image, labels in pairs:
        for path in (folder / image, folder / labels):
            if not path.is_file():
                raise SAMMoEError(f"{path} is missing; name the folder of the real scans")
        sort = _sort_of_ct if image.startswith("ct") else (lambda label: (TUMOUR, "lesion"))
        cases += label_cases(folder / image, folder / labels, sort=sort)
    return cases


def label_cases(image: Path, labels: Path, *, sort: Callable[[int], Sort]) -> list[Case]:
    """Return one case for each label of a label map with at least 100 voxels."""
    volume = read_volume(image)
    label_kji = read_volume(labels).array_kji
    if label_kji.shape != volume.array_kji.shape:
        raise SAMMoEError(f"{labels.name} and {image.name} have different sizes")
    found, counts = np.unique(label_kji, return_counts=True)
    stem = image.name.split(".")[0]
    return [
        Case(f"{stem}:{int(label)}", *sort(int(label)), volume, label_kji == label)
        for label, count in zip(found, counts, strict=True)
        if label != 0 and count >= MIN_VOXELS
    ]


def _sort_of_ct(label: int) -> Sort:
    if label in _VERTEBRAE:
        return COMPACT, "vertebra"
    if label in _COMPACT_ORGANS:
        return COMPACT, None
    if label in _TUBES:
        return TUBE, "vessel" if label in _VESSELS else None
    return (RIB, "rib") if label in _RIBS else (OTHER, None)
