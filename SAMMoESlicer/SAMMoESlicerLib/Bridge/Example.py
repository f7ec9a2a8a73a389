"""A structure as an example to learn from: its mask, what the model had drawn, what was marked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np

from sammoe import MaskPrompt, Volume
from sammoe.errors import PromptError
from sammoe.geometry import box_slices_kji, unite_boxes

from .Matrices import nodeToWorld
from .PromptJson import promptsToJson
from .PromptState import PromptState
from .Provenance import Provenance
from .SegmentReader import SegmentReader


@dataclass(frozen=True)
class Example:
    """One structure in one scan, on the scan's grid.

    Attributes:
        name: Of the structure.
        mask: As the user left it: of all segments of that name, such as the lesions of a scan.
        segments: How many these are.
        drawn: What the model had drawn in the chosen one before the user painted; None where it
            drew nothing.
        prompts: What was marked for the chosen one, as values that JSON knows; positions are world
            RAS mm.
        model: What drew: bundle, expert, scores; empty where nothing did.
        terminology: Its codes as Slicer stores them on a segment; may be empty.
        others: Names of the segmentation's other structures that hold a voxel.
    """

    name: str
    mask: MaskPrompt
    drawn: MaskPrompt | None = None
    prompts: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    terminology: str = ""
    others: tuple[str, ...] = ()
    segments: int = 1


def sameStructure(name: str, other: str) -> bool:
    """Say whether two names are one structure's: a data set has one label for both."""
    return name.strip().casefold() == other.strip().casefold()


def readExample(
    segmentationNode: Any,
    segmentId: str,
    volume: Volume,
    *,
    prompts: PromptState,
    record: Provenance | None,
) -> Example:
    """Return a segment's structure as it is now, on the volume's grid.

    Every segment of the same name is part of it: what is left out would be learnt as background.

    Raises:
        PromptError: The segment holds no voxel of the volume.
        GeometryError: It lies under a transform that is no matrix.
    """
    segmentation = segmentationNode.GetSegmentation()
    segment = segmentation.GetSegment(segmentId)
    reader = SegmentReader(segmentationNode)
    names = {id: segmentation.GetSegment(id).GetName() for id in segmentation.GetSegmentIDs()}
    masks = {id: reader.readMask(id, volume) for id in names}
    held = {id: found for id, found in masks.items() if found is not None}
    mask = held.get(segmentId)
    if mask is None:
        raise PromptError(f"'{segment.GetName()}' is empty: segment it first, then submit it")
    parts = [id for id in held if sameStructure(names[id], segment.GetName())]
    return Example(
        segment.GetName(),
        _joined([held[id] for id in parts]),
        drawn=_drawn(prompts, mask, segmentationNode, volume),
        prompts=promptsToJson(prompts),
        model=_model(record),
        terminology=segment.GetTerminology() or "",
        others=tuple(names[id] for id in held if id not in parts),
        segments=len(parts),
    )


def _joined(masks: Sequence[MaskPrompt]) -> MaskPrompt:
    """Return at least one mask in one."""
    box = reduce(unite_boxes, (mask.box_ijk for mask in masks))
    joined = np.zeros(tuple((box[1] - box[0])[::-1]), dtype=bool)
    for mask in masks:
        joined[box_slices_kji(mask.box_ijk - box[0])] |= mask.mask_kji
    return MaskPrompt(joined, box)


def _drawn(
    prompts: PromptState, mask: MaskPrompt, segmentationNode: Any, volume: Volume
) -> MaskPrompt | None:
    """Return the mask as it was before the painting that follows the last prompt."""
    if prompts.isEmpty:
        return None
    if not prompts.isDrawn:
        return mask
    numbers = [click.number for click in prompts.clicks]
    numbers += [curve.number for curve in prompts.curves]
    last = max(numbers, default=0)
    before = next(edit.before for edit in prompts.edits if edit.number > last)
    ijkToNode = np.linalg.inv(nodeToWorld(segmentationNode)) @ volume.ijk_to_ras
    return before.onGrid(ijkToNode, volume.array_kji.shape)


def _model(record: Provenance | None) -> dict[str, Any]:
    if record is None:
        return {}
    return {
        "bundle": record.bundle,
        "bundle_hash": record.bundle_hash,
        "expert": record.expert,
        "scores": record.scores,
        "version": record.version,
    }
