"""What the user painted and erased by hand: a step like a click, with its voxels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sammoe import MaskPrompt
from sammoe.geometry import Matrix, box_slices_kji, unite_boxes

from .NodeMove import NodeMove
from .SegmentVoxels import SegmentVoxels

DRAWN_BEFORE = 0
"""The number of the edit that stands for what a segment held before its first prompt."""


@dataclass(frozen=True, eq=False)
class HandEdit:
    """One change of a segment that no model made.

    Attributes:
        number: Its place in the order of clicks and edits.
        before: The segment when it began.
        left: The segment as the user left it.
    """

    number: int
    before: SegmentVoxels
    left: SegmentVoxels

    @cached_property
    def painted(self) -> SegmentVoxels:
        """The voxels the user added."""
        return self.left.without(self.before)

    @cached_property
    def erased(self) -> SegmentVoxels:
        """The voxels the user took away."""
        return self.before.without(self.left)

    def moved(self, move: NodeMove) -> "HandEdit":
        """Return the change in other coordinates of the node."""
        return move.once(
            self, lambda: HandEdit(self.number, move.voxels(self.before), move.voxels(self.left))
        )

    @property
    def isEmpty(self) -> bool:
        """Say whether nothing was changed, e.g. the same voxels on another grid."""
        return self.painted.isEmpty and self.erased.isEmpty


def withHandWork(
    mask: MaskPrompt, edits: Sequence[HandEdit], ijkToNode: Matrix, shape_kji: tuple[int, ...]
) -> MaskPrompt:
    """Return a mask with everything in it that was painted, and nothing of what was erased.

    Args:
        mask: What the model drew, on the volume's grid.
        edits: In their order: a later one goes before an earlier one.
        ijkToNode: (4, 4) from the volume's IJK to the segmentation node's RAS.
        shape_kji: The volume's shape.
    """
    for edit in edits:
        mask = _joined(mask, edit.painted.onGrid(ijkToNode, shape_kji), value=True)
        mask = _joined(mask, edit.erased.onGrid(ijkToNode, shape_kji), value=False)
    return mask


def laidUpon(
    mask: MaskPrompt, edits: Sequence[HandEdit], ijkToNode: Matrix, shape_kji: tuple[int, ...]
) -> tuple[HandEdit, ...]:
    """Return edits as if they had been made upon a mask that came later.

    Args:
        mask: What the edits did not see yet, on the volume's grid.
        edits: In their order.
        ijkToNode: (4, 4) from the volume's IJK to the segmentation node's RAS.
        shape_kji: The volume's shape.
    """
    laid = []
    for edit in edits:
        painted = edit.painted.onGrid(ijkToNode, shape_kji)
        erased = edit.erased.onGrid(ijkToNode, shape_kji)
        # What the mask has as well counts as painted all the same: later masks are to keep it.
        before = _joined(_joined(mask, painted, value=False), erased, value=True)
        mask = _joined(_joined(mask, painted, value=True), erased, value=False)
        voxels = [
            SegmentVoxels.cutOut(held.mask_kji, held.box_ijk, ijkToNode) for held in (before, mask)
        ]
        laid.append(HandEdit(edit.number, *voxels))
    return tuple(laid)


def contradictsHand(
    edits: Sequence[HandEdit], point_node: Sequence[float], *, isForeground: bool
) -> bool:
    """Say whether a click asks for the opposite of what was painted or erased at its place.

    Args:
        edits: In their order.
        point_node: The click, RAS mm of the segmentation node.
        isForeground: What it asks for.
    """
    for edit in reversed(edits):
        if edit.painted.holds(point_node):
            return not isForeground
        if edit.erased.holds(point_node):
            return isForeground
    return False


def emptyMask() -> MaskPrompt:
    """Return a mask without a voxel."""
    return MaskPrompt(np.zeros((0, 0, 0), dtype=bool), np.zeros((2, 3), dtype=np.int64))


def _joined(mask: MaskPrompt, change: MaskPrompt | None, *, value: bool) -> MaskPrompt:
    """Return the mask with the voxels of a change set to a value."""
    if change is None:
        return mask
    box = unite_boxes(mask.box_ijk, change.box_ijk)
    joined = np.zeros(tuple((box[1] - box[0])[::-1]), dtype=bool)
    if mask.mask_kji.size:
        joined[box_slices_kji(mask.box_ijk - box[0])] = mask.mask_kji
    joined[box_slices_kji(change.box_ijk - box[0])][change.mask_kji] = value
    return MaskPrompt(joined, box).tight
