"""Prompts and hand work as JSON; every mask is packed, and stands there once."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from sammoe.geometry import Matrix, as_affine
from sammoe.prompts import BACKGROUND, FOREGROUND
from sammoe.provenance import unpacked_mask

from .Curve import Curve
from .EarlierMask import EarlierMask
from .HandEdit import HandEdit
from .PromptState import Click, PromptState, RoiPose
from .SegmentVoxels import SegmentVoxels


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
        ValueError, TypeError, KeyError, IndexError, OverflowError, GeometryError, zlib.error: These
            are not such values.
    """
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
