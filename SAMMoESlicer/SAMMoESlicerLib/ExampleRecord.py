"""What is kept beside the label map of one scan: every whole mask, and how it came about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sammoe import MaskPrompt, Volume
from sammoe.errors import SAMMoEError
from sammoe.geometry import box_is_empty, box_slices_kji, intersect_boxes, transform_points
from sammoe.provenance import packed_mask, unpacked_mask

from .Bridge.Example import Example
from .FullestSlice import middleOfFullestSlice
from .ScanPlaces import shareOf

FORMAT = 1
_NAMES = ("format", "case", "source", "structures", "overlaps", "not_submitted")


@dataclass(frozen=True)
class ExampleRecord:
    """The examples of one scan.

    A label map holds one structure a voxel. Whole masks are kept here, so that nothing is lost
    where two overlap, and the label map can be made again when one of them is corrected.

    Attributes:
        case: Name of the scan in the data set.
        source: Name of the file it was opened from; empty where it came from elsewhere.
        structures: What was submitted, by name, the last one last: it wins where two overlap.
        notSubmitted: Structures that were segmented in the scan, and not submitted.
        further: What a later version keeps in the file besides; it stays there.
    """

    case: str
    source: str = ""
    structures: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    notSubmitted: tuple[str, ...] = ()
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def segments(self) -> int:
        """How many segments the structure was that was submitted last."""
        *_, last = self.structures.values()
        return int(last.get("segments", 1))

    @classmethod
    def read(cls, path: Path) -> "ExampleRecord":
        """Read a record's file.

        Raises:
            SAMMoEError: It is none, or of a later version.
        """
        try:
            values = json.loads(path.read_text("utf-8"))
            if values["format"] != FORMAT:
                raise SAMMoEError(
                    f"{path} was written by another version of SAMMoESlicer: update this one"
                )
            structures = {str(name): dict(kept) for name, kept in values["structures"].items()}
            return cls(
                str(values["case"]), str(values["source"]), structures,
                tuple(map(str, values["not_submitted"])),
                {name: value for name, value in values.items() if name not in _NAMES},
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SAMMoEError(f"{path} is no record of examples: {error}") from error

    def withExample(self, example: Example, label: int, volume: Volume) -> "ExampleRecord":
        """Return the record after a structure was submitted, for the first time or again."""
        structures = {n: kept for n, kept in self.structures.items() if n != example.name}
        structures[example.name] = _kept(example, label, volume)
        waiting = [name for name in example.others if name not in structures]
        return replace(self, structures=structures, notSubmitted=tuple(sorted(set(waiting))))

    def labelMap(self, shape_kji: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return the label map, (k, j, i): where two structures overlap, the later one's."""
        labels = np.zeros(shape_kji, dtype=np.uint8)
        for kept in self.structures.values():
            mask = _mask(kept)
            labels[box_slices_kji(mask.box_ijk)][mask.mask_kji] = kept["label"]
        return labels

    def overlaps(self) -> list[dict[str, Any]]:
        """Return which submitted structures share voxels, how many, and whose they became."""
        masks = {name: _mask(kept) for name, kept in self.structures.items()}
        shared = (
            (earlier, later, _common(masks[earlier], masks[later]))
            for earlier, later in combinations(masks, 2)
        )
        return [
            {"structures": [earlier, later], "voxels": count, "labelled_as": later}
            for earlier, later, count in shared
            if count
        ]

    def toJson(self) -> bytes:
        """Return the file's content."""
        values = {
            **self.further,
            "format": FORMAT,
            "case": self.case,
            "source": self.source,
            "structures": dict(self.structures),
            "overlaps": self.overlaps(),
            "not_submitted": list(self.notSubmitted),
        }
        return json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False).encode()


def _kept(example: Example, label: int, volume: Volume) -> dict[str, Any]:
    voxel_ml = abs(float(np.linalg.det(volume.ijk_to_ras[:3, :3]))) / 1e3
    drawn = example.drawn
    return {
        "label": label,
        "segments": example.segments,
        "ml": round(int(example.mask.mask_kji.sum()) * voxel_ml, 3),
        "submitted": datetime.now(UTC).isoformat(timespec="seconds"),
        "terminology": example.terminology,
        "place": shareOf(_middle_ras(example.mask, volume), volume),
        "mask": packed_mask(example.mask.mask_kji, example.mask.box_ijk),
        "drawn": drawn and packed_mask(drawn.mask_kji, drawn.box_ijk),
        "prompts": example.prompts,
        "model": example.model,
    }


def _middle_ras(mask: MaskPrompt, volume: Volume) -> NDArray[np.float64]:
    """Return a place in the middle of a mask, (3,) RAS mm."""
    voxel = middleOfFullestSlice(mask.mask_kji) + np.asarray(mask.box_ijk)[0]
    return transform_points(voxel, volume.ijk_to_ras)[0]


def _mask(kept: Mapping[str, Any]) -> MaskPrompt:
    return MaskPrompt(*unpacked_mask(kept["mask"]))


def _common(a: MaskPrompt, b: MaskPrompt) -> int:
    """Return how many voxels two masks share."""
    box = intersect_boxes(a.box_ijk, b.box_ijk)
    if box_is_empty(box):
        return 0
    in_a, in_b = (m.mask_kji[box_slices_kji(box - m.box_ijk[0])] for m in (a, b))
    return int(np.count_nonzero(in_a & in_b))
