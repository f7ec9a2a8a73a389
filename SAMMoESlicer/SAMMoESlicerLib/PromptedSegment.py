"""One segment while it is being made: its markups, its history, what the user painted in it."""

from dataclasses import replace
from typing import Any

import numpy as np

from sammoe import MaskPrompt, PredictOptions, Volume
from sammoe.geometry import Matrix, transform_points
from sammoe.prompts import FOREGROUND

from .Bridge import (
    EarlierMask,
    HandEdit,
    PromptMarkups,
    PromptState,
    Provenance,
    SegmentVoxels,
    SegmentWriter,
)
from .Bridge.HandEdit import contradictsHand, laidUpon, withHandWork
from .Bridge.Matrices import nodeToWorld
from .Bridge.NodeMove import NodeMove
from .Bridge.RecordedMarks import isSame
from .PromptHistory import PromptHistory
from .SegmentRecord import SegmentRecord
from .Signal import Signal

SETTLE_S = 0.3
"""A point or box that moves is taken where it has rested for this long; a new point at once."""


class PromptedSegment:
    """Notices what the user does to one segment and its markups, and can put it back.

    Voxels that no prediction wrote are the user's: they become a step of the history, and what
    was painted or erased is kept through every later prediction.

    Args:
        scene: The scene of the markups.
        writer: Writes the segmentation of the segment.
        segmentId: The segment.
        options: How it is predicted until the user says otherwise.

    Signals:
        acted(): The history has one more step.

    Attributes:
        record: How the segment came about, in its tags.
        isBehind: The segment does not show yet what was asked for.
    """

    def __init__(
        self, scene: Any, writer: SegmentWriter, segmentId: str, options: PredictOptions
    ) -> None:
        self.acted = Signal()
        self._scene = scene
        self.writer = writer
        self.segmentId = segmentId
        self.markups = PromptMarkups(scene, writer.segmentationNode, segmentId)
        self.isBehind = False
        self._voxels = writer.voxelsOf(segmentId)
        self.record = SegmentRecord(lambda: self.segment)
        record = self.record.read()
        self.options = options if record is None else record.options
        self.history = PromptHistory(
            self.record.firstState(self._voxels, self.markups, referenceId=writer.referenceId)
        )
        self._seen = self.history.current.marks
        self._clickCount = len(self.history.current.clicks)
        self._moving: tuple[PromptState, float] | None = None

    @property
    def segment(self) -> Any:
        """The vtkSegment, or None once the user removed it."""
        node = self.writer.segmentationNode
        if node.GetScene() is not self._scene:
            return None
        return node.GetSegmentation().GetSegment(self.segmentId)

    def hasAction(self, now_s: float, *, settle_s: float = SETTLE_S) -> bool:
        """Say whether the user changed the markups since the last action, and they rest."""
        marked = self.markups.peek(firstNumber=self.history.current.nextNumber)
        if isSame(marked, self._seen):
            self._moving = None
            self.markups.takeVanished()  # there was nothing in it
            return False
        if not marked.isMoveOf(self._seen):
            return True
        if self._moving is None or self._moving[0] != marked:
            self._moving = marked, now_s
        return now_s - self._moving[1] >= settle_s

    def numberedMarks(self) -> PromptState:
        """Return what is marked, each point with the number that it keeps from now on."""
        return self.markups.read(firstNumber=self.history.current.nextNumber)

    def takeAction(self, marked: PromptState, *, volumeId: str) -> None:
        """Add what was marked to the history; on which volume says the node id.

        Who deletes whole markups nodes, in another module, tidies up: the mask stays as it is, and
        the next click starts from it.
        """
        current = self.history.current
        state = replace(marked, mask=current.mask, edits=current.edits, volumeId=volumeId)
        if self.markups.takeVanished() and not self._voxels.isEmpty:
            state = state.withEdit(HandEdit(current.nextNumber, self._voxels, self._voxels))
        self._push(state)
        self.markups.setVolume(volumeId)
        self._seen, self._moving = marked, None

    def takeHandWork(self) -> bool:
        """Add what was painted or erased since the last look to the history; say whether it was.

        Where surfaces are the segmentation's source there are no voxels to look at.
        """
        if not self.writer.hasVoxels:
            return False
        voxels = self.writer.voxelsOf(self.segmentId)
        if voxels.isSameAs(self._voxels):
            return False
        current = self.history.current
        edit = HandEdit(current.nextNumber, before=self._voxels, left=voxels)
        self._voxels = voxels
        if voxels.isEmpty:
            self.writer.tidyEmptied()
        if edit.isEmpty:
            return False
        self._push(current.withEdit(edit))
        self.recordPrompts()
        return True

    @property
    def volumeMl(self) -> float:
        """Size of the segment in millilitres, as far as it was looked at."""
        return self._voxels.volumeMl

    def volumeMlBeforeClick(self) -> float:
        """Return the size if the mask that comes is that of one more click, otherwise 0."""
        count, self._clickCount = self._clickCount, len(self.history.current.clicks)
        return self.volumeMl if self._clickCount > count else 0.0

    @property
    def isEmpty(self) -> bool:
        """Say whether there is neither a voxel nor a prompt."""
        return self._voxels.isEmpty and self.markups.peek().isEmpty

    def acceptVoxels(self) -> None:
        """Take what the segment holds now for no work of the user's."""
        self._voxels = self.writer.voxelsOf(self.segmentId)

    def releaseHandWork(self, mask: MaskPrompt | None, volume: Volume, *, volumeId: str) -> None:
        """Let the model redraw everything, starting from a mask of a volume; a step of the history.

        Args:
            mask: On the volume's grid.
            volume: The volume.
            volumeId: Id of its node.
        """
        placed = EarlierMask.placed(mask, self._gridOf(volume))
        current = self.history.current
        self._push(replace(current, mask=placed, edits=(), isDrawn=False, volumeId=volumeId))

    def reset(self) -> None:
        """Remove all prompts: only what was drawn before the first of them is left."""
        self._push(self.history.current.withoutPrompts())

    def predictAgain(self) -> None:
        """Let a prediction go before what the last edit left; painted voxels are kept in it."""
        self.history.amend(replace(self.history.current, isDrawn=False))

    def layNewEditsUpon(self, mask: MaskPrompt, volume: Volume, asked: PromptState) -> None:
        """Let what was painted since a mask was asked for be as if painted after it came."""
        state, grid, shape_kji = self.history.current, self._gridOf(volume), volume.array_kji.shape
        count = len(asked.edits)
        mask = withHandWork(mask, state.edits[:count], grid, shape_kji)
        edits = state.edits[:count] + laidUpon(mask, state.edits[count:], grid, shape_kji)
        ends = range(count + 1, len(edits) + 1)
        self.history.amend(*(replace(state, edits=edits[:end], isDrawn=True) for end in ends))

    @property
    def contradictsHand(self) -> bool:
        """Say whether the last click asks for the opposite of what was done by hand there."""
        state = self.history.current
        if not state.clicks or not state.edits:
            return False
        click = state.clicks[-1]
        toNode = np.linalg.inv(nodeToWorld(self.writer.segmentationNode)).astype(np.float64)
        point_node = transform_points([click.positionRas], toNode)[0]
        return contradictsHand(state.edits, point_node, isForeground=click.label == FOREGROUND)

    def promptsFor(self, volume: Volume) -> PromptState:
        """Return the prompts for the worker: after hand work it starts from what was left."""
        state = self.history.current
        start = state.edits[-1].left if state.edits else state.mask
        if start is None:
            return state
        grid = self._gridOf(volume)
        mask = start.onGrid(grid, volume.array_kji.shape)
        return replace(state, mask=EarlierMask.placed(mask, grid))

    def show(self, state: PromptState) -> PromptState:
        """Make the markups show a state, which is no action of the user; returns what they show."""
        self._seen = self.markups.restore(state)
        self.markups.setVolume(state.volumeId)
        self._moving = None
        return self._seen

    def beginAgain(self, state: PromptState) -> None:
        """Show a state and make it the whole history; the voxels of now are given up for it."""
        self.acceptVoxels()
        self.history = PromptHistory(state)
        self.show(state)

    def writeMask(self, mask: MaskPrompt, volume: Volume) -> None:
        """Make the segment a mask on the volume's grid, but for what was done by hand."""
        shape_kji = volume.array_kji.shape
        mask = withHandWork(mask, self.history.current.edits, self._gridOf(volume), shape_kji)
        self.writer.write(self.segmentId, volume, mask.mask_kji, mask.box_ijk)
        self.acceptVoxels()
        self.isBehind = False

    def writeDrawn(self) -> None:
        """Make the segment what the last edit left, to the voxel; nothing where there is none."""
        edits = self.history.current.edits
        voxels = edits[-1].left if edits else SegmentVoxels.none()
        self.writer.putBack(self.segmentId, voxels)
        self.acceptVoxels()
        self.isBehind = False

    def looks(self) -> tuple[SegmentVoxels, SegmentVoxels]:
        """Return the segment's voxels at the last look and now."""
        return self._voxels, self.writer.voxelsOf(self.segmentId)

    def follow(self, move: NodeMove) -> None:
        """Keep everything where it is, in other coordinates of the segmentation node."""
        self.history.follow(move)
        self.record.follow(move)
        self._voxels = move.voxels(self._voxels)
        if self.segment is not None:
            if move.isWarp:  # not to the voxel: Slicer cuts off what a warp moves out of its layer
                self.acceptVoxels()
            self.recordPrompts()

    def recordPrompts(self) -> None:
        """Bring the prompts in the segment's record up to date; what nothing led to has none."""
        self.record.update(self.history, options=self.options, voxels=self._voxels)

    def writeRecord(self, record: Provenance) -> None:
        """Write how the segment came about, with a mark of the voxels it belongs to."""
        self.record.write(record, self._voxels)

    def _push(self, state: PromptState) -> None:
        self.history.push(state)
        self.acted.emit()

    def _gridOf(self, volume: Volume) -> Matrix:
        """Return the (4, 4) matrix from a volume's IJK to the segmentation node's RAS."""
        toWorld = nodeToWorld(self.writer.segmentationNode)
        return np.linalg.inv(toWorld) @ volume.ijk_to_ras
