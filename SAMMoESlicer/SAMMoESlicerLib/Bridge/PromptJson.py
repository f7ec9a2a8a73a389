"""Prompts and hand work as JSON; every mask is packed, and stands there once."""

import base64
import zlib
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sammoe import MaskPrompt
from sammoe.geometry import BoxIJK

from .HandEdit import HandEdit
from .PromptState import Click, PromptState, RoiPose
from .SegmentVoxels import SegmentVoxels


def promptsToJson(state: PromptState) -> dict[str, Any]:
    """Return a state as values that JSON knows."""
    voxels: list[SegmentVoxels] = []
    return {
        "clicks": [asdict(click) for click in state.clicks],
        "roi": state.roi and asdict(state.roi),
        "mask": state.mask and _packed(state.mask.mask_kji, state.mask.box_ijk),
        "edits": [
            {
                "number": edit.number,
                "before": _indexIn(voxels, edit.before),
                "left": _indexIn(voxels, edit.left),
            }
            for edit in state.edits
        ],
        "voxels": [
            {**_packed(v.mask_kji, v.box_ijk), "ijkToNode": v.ijkToNode.ravel().tolist()}
            for v in voxels
        ],
        "isDrawn": state.isDrawn,
    }


def promptsFromJson(values: dict[str, Any]) -> PromptState:
    """Return the state; records of older versions hold no hand work.

    Raises:
        ValueError, TypeError, KeyError, IndexError, zlib.error: These are not such values.
    """
    clicks = tuple(
        Click(int(c["number"]), int(c["label"]), tuple(map(float, c["positionRas"])))
        for c in values["clicks"]
    )
    roi = values["roi"] and RoiPose(
        tuple(map(float, values["roi"]["objectToWorld"])), tuple(map(float, values["roi"]["size"]))
    )
    voxels = [
        SegmentVoxels(*_unpacked(v), np.reshape(np.array(v["ijkToNode"], dtype=float), (4, 4)))
        for v in values.get("voxels", ())
    ]
    edits = tuple(
        HandEdit(int(e["number"]), voxels[e["before"]], voxels[e["left"]])
        for e in values.get("edits", ())
    )
    mask = values["mask"] and MaskPrompt(*_unpacked(values["mask"]))
    return PromptState(clicks, roi or None, mask or None, edits, bool(values.get("isDrawn")))


def _indexIn(voxels: list[SegmentVoxels], wanted: SegmentVoxels) -> int:
    """Return where the voxels stand in a list, to which they are added if they are new."""
    for index, known in enumerate(voxels):
        if known.isSameAs(wanted):
            return index
    voxels.append(wanted)
    return len(voxels) - 1


def _packed(mask_kji: NDArray[np.bool_], box_ijk: BoxIJK) -> dict[str, Any]:
    bits = zlib.compress(np.packbits(mask_kji).tobytes(), level=9)
    return {"boxIjk": box_ijk.tolist(), "bits": base64.b64encode(bits).decode()}


def _unpacked(values: dict[str, Any]) -> tuple[NDArray[np.bool_], BoxIJK]:
    box_ijk = np.array(values["boxIjk"], dtype=np.int64)
    shape_kji = tuple((box_ijk[1] - box_ijk[0])[::-1].tolist())
    bits = np.frombuffer(zlib.decompress(base64.b64decode(values["bits"])), dtype=np.uint8)
    mask = np.unpackbits(bits, count=int(np.prod(shape_kji))).reshape(shape_kji)
    return mask.astype(bool), box_ijk
