"""The mark in a segment's record of the voxels it led to."""

import json
from dataclasses import replace
from typing import Any

import numpy as np

from .NodeMove import NodeMove
from .Provenance import Provenance, tagOf
from .SegmentVoxels import SegmentVoxels


def marked(record: Provenance, voxels: SegmentVoxels) -> Provenance:
    """Return the record as that of these voxels."""
    return replace(record, **_markOf(voxels))


def isOf(record: Provenance, voxels: SegmentVoxels) -> bool:
    """Say whether nobody changed the voxels since, as far as the record knows."""
    return record.voxels_hash in ("", voxels.contentHash)


def moveSince(record: Provenance, voxels: SegmentVoxels) -> NodeMove | None:
    """Return what a hardening did to the coordinates that the record is in; None: there was none.

    It is seen from the same voxels having other coordinates.
    """
    if not record.voxels_to_node or record.voxels_hash != voxels.contentHash:
        return None
    boxToNode = np.reshape(record.voxels_to_node, (4, 4))
    if np.allclose(boxToNode, voxels.boxToNode):
        return None
    return NodeMove(voxels.boxToNode @ np.linalg.inv(boxToNode), np.eye(4))


def passOn(segment: Any, before: SegmentVoxels, now: SegmentVoxels) -> None:
    """Let a vtkSegment's record, if it is that of the voxels before, be that of those now.

    For what another segment's mask takes and gives back: it is nobody's hand work.
    """
    names = Provenance.tag_names()
    if tagOf(segment, names["voxels_hash"]) == json.dumps(before.contentHash):
        for name, value in _markOf(now).items():
            segment.SetTag(names[name], json.dumps(value))


def _markOf(voxels: SegmentVoxels) -> dict[str, Any]:
    place = () if voxels.isEmpty else tuple(voxels.boxToNode.ravel().tolist())
    return {"voxels_hash": voxels.contentHash, "voxels_to_node": place}
