"""Prompts and hand work as JSON; every mask is packed, and stands there once."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from sammoe.errors import PromptError
from sammoe.geometry import Matrix, as_affine
from sammoe.prompts import BACKGROUND, FOREGROUND
from sammoe.provenance import unpacked_mask

from .Curve import Curve
from .EarlierMask import EarlierMask
from .HandEdit import HandEdit
from .PromptState import Click, PromptState, RoiPose
from .SegmentVoxels import SegmentVoxels

_VOXELS = ("boxIjk", "bits", "ijkToNode")
_KNOWN = {
    "clicks": [field.name for field in fields(Click)],
    "curves": [field.name for field in fields(Curve)],
    "roi": [field.name for field in fields(RoiPose)],
    "mask": _VOXELS,
    "edits": ("number", "before", "left"),
    "voxels": _VOXELS,
    "isDrawn": (),
}
"""What there is in a record, and what is said of each."""


def promptsToJson(state: PromptState) -> dict[str, Any]:
    """Return a state as values that JSON knows."""
    voxels: list[SegmentVoxels] = []
    return {
        "clicks": [asdict(click) for click in state.clicks],
        "curves": [asdict(curve) for curve in state.curves],
        "roi": state.roi and asdict(state.roi),
        "mask": state.mask and state.mask.packed,
        "edits": [
            {
                "number": edit.number,
                "before": _indexIn(voxels, edit.before),
                "left": _indexIn(voxels, edit.left),
            }
            for edit in state.edits
        ],
        "voxels": [v.packed for v in voxels],
        "isDrawn": state.isDrawn,
    }


def promptsFromJson(values: dict[str, Any]) -> PromptState:
    """Return the state; records of older versions hold no hand work.

    Raises:
        PromptError: A later version wrote of something that this one does not know.
        ValueError, TypeError, KeyError, IndexError, OverflowError, GeometryError, zlib.error: These
            are not such values.
    """
    _checkKnown(values)
    clicks = tuple(
        Click(int(c["number"]), _label(c["label"]), _three(c["positionRas"]))
        for c in values["clicks"]
    )
    roi = values["roi"] and RoiPose(
        tuple(_grid(values["roi"]["objectToWorld"]).ravel().tolist()), _three(values["roi"]["size"])
    )
    voxels = [
        SegmentVoxels(*unpacked_mask(v), _grid(v["ijkToNode"])) for v in values.get("voxels", ())
    ]
    edits = tuple(
        HandEdit(int(e["number"]), voxels[e["before"]], voxels[e["left"]])
        for e in values.get("edits", ())
    )
    curves = tuple(
        Curve(int(c["number"]), _label(c["label"]), bool(c["isClosed"]), _positions(c["pointsRas"]))
        for c in values.get("curves", ())
    )
    mask = values["mask"] and EarlierMask(
        *unpacked_mask(values["mask"]), _gridIn(values["mask"].get("ijkToNode"))
    )
    isDrawn = bool(values.get("isDrawn"))
    return PromptState(clicks, roi or None, mask or None, edits, isDrawn, curves)


def _positions(values: Any) -> tuple[tuple[float, float, float], ...]:
    return tuple(_three(position) for position in values)


def _checkKnown(values: dict[str, Any]) -> None:
    """Check that nothing is left out by reading only what is known."""
    new = {name for name, value in values.items() if value and name not in _KNOWN}
    for name, known in _KNOWN.items():
        held = values.get(name)
        for one in held if isinstance(held, list) else [held]:
            new |= set(one) - set(known) if isinstance(one, dict) else set()
    if new:
        raise PromptError(
            "a later version of SAMMoESlicer made this segment from prompts that this one does not "
            f"know ({', '.join(sorted(new))}): update it to go on from them; mask and record stay "
            "as they are, and the record is kept when you click"
        )


def _gridIn(values: Any) -> Matrix | None:
    return None if values is None else _grid(values)


def _grid(values: Any) -> Matrix:
    return as_affine(np.reshape(np.array(values, dtype=float), (4, 4)))


def _indexIn(voxels: list[SegmentVoxels], wanted: SegmentVoxels) -> int:
    """Return where the voxels stand in a list, to which they are added if they are new.

    A long session has dozens of large masks, each written anew with every click: only those that
    may be the same are compared voxel by voxel.
    """
    for index, known in enumerate(voxels):
        if known.contentHash == wanted.contentHash and known.isSameAs(wanted):
            return index
    voxels.append(wanted)
    return len(voxels) - 1


def _three(values: Sequence[Any]) -> tuple[float, float, float]:
    """Return three numbers.

    Raises:
        ValueError, TypeError: They are not three finite numbers.
    """
    first, second, third = map(float, values)
    if not np.isfinite((first, second, third)).all():
        raise ValueError("a position or a length is not finite")
    return first, second, third


def _label(value: Any) -> int:
    if value not in (FOREGROUND, BACKGROUND):
        raise ValueError("a label is 0 or 1")
    return int(value)
