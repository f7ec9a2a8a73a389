"""A segment as an example to learn from: its mask, what the model had drawn, what was marked."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sammoe import MaskPrompt, Volume
from sammoe.errors import PromptError

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
        mask: As the user left it.
        drawn: What the model had drawn before the user painted; None where it drew nothing.
        prompts: What was marked, as values that JSON knows; positions are world RAS mm.
        model: What drew: bundle, expert, scores; empty where nothing did.
        terminology: Its codes as Slicer stores them on a segment; may be empty.
        others: Names of the segmentation's other segments that hold a voxel.
    """

    name: str
    mask: MaskPrompt
    drawn: MaskPrompt | None = None
    prompts: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    terminology: str = ""
    others: tuple[str, ...] = ()


def readExample(
    segmentationNode: Any,
    segmentId: str,
    volume: Volume,
    *,
    prompts: PromptState,
    record: Provenance | None,
) -> Example:
    """Return a segment as it is now, on the volume's grid.

    Raises:
        PromptError: It holds no voxel of the volume.
        GeometryError: It lies under a transform that is no matrix.
    """
    segmentation = segmentationNode.GetSegmentation()
    segment = segmentation.GetSegment(segmentId)
    reader = SegmentReader(segmentationNode)
    mask = reader.readMask(segmentId, volume)
    if mask is None:
        raise PromptError(f"'{segment.GetName()}' is empty: segment it first, then submit it")
    others = [id for id in segmentation.GetSegmentIDs() if id != segmentId]
    return Example(
        segment.GetName(),
        mask,
        drawn=_drawn(prompts, mask, segmentationNode, volume),
        prompts=promptsToJson(prompts),
        model=_model(record),
        terminology=segment.GetTerminology() or "",
        others=tuple(
            segmentation.GetSegment(id).GetName()
            for id in others
            if reader.readMask(id, volume) is not None
        ),
    )


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
