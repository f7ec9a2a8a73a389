"""What led to a segment that is found in a scene: where its history begins."""

from dataclasses import replace

from .Bridge import HandEdit, PromptMarkups, PromptState, Provenance, SegmentVoxels
from .Bridge.HandEdit import DRAWN_BEFORE
from .Bridge.RecordedMarks import asShown, withMissing
from .Bridge.RecordedVoxels import isOf


def drawnBefore(voxels: SegmentVoxels) -> PromptState:
    """Return the state of a segment without a record: somebody drew what is there."""
    if voxels.isEmpty:
        return PromptState()
    return PromptState().withEdit(HandEdit(DRAWN_BEFORE, SegmentVoxels.none(), voxels))


def markedState(voxels: SegmentVoxels, markups: PromptMarkups, *, referenceId: str) -> PromptState:
    """Return the state of a segment whose record cannot be read: its markups led to what is there.

    Args:
        voxels: What it holds.
        markups: Its markups; none of them is an action that is still to come.
        referenceId: As for `recordedState`.
    """
    marked = markups.read()
    if marked.isEmpty:
        return drawnBefore(voxels)
    state = replace(marked, volumeId=markups.volumeId or referenceId)
    return state.withEdit(HandEdit(state.nextNumber, SegmentVoxels.none(), voxels))


def recordedState(
    record: Provenance, voxels: SegmentVoxels, markups: PromptMarkups, *, referenceId: str
) -> PromptState:
    """Return the state that a record tells of, and let the markups show at least that.

    Args:
        record: How the segment came about.
        voxels: What it holds.
        markups: Its markups, as far as they are in the scene.
        referenceId: Node id of the volume that the segmentation was made for, or empty.
    """
    volumeId = markups.volumeId or referenceId
    found = markups.read(firstNumber=record.prompts.nextNumber)
    shown = markups.restore(withMissing(found, record.prompts))
    state = replace(asShown(record.prompts, shown), volumeId=volumeId)
    return state if isOf(record, voxels) else _changedByHand(state, voxels)


def _changedByHand(state: PromptState, voxels: SegmentVoxels) -> PromptState:
    """Return a state after somebody else changed the segment: no voxel of it may be lost.

    What was painted by hand before and is not there any more was erased.
    """
    number, nothing = state.nextNumber, SegmentVoxels.none()
    missing = [edit.painted.without(voxels) for edit in state.edits]
    erased = tuple(HandEdit(number, part, nothing) for part in missing if not part.isEmpty)
    edit = HandEdit(number, nothing, voxels)
    return replace(state, edits=(*state.edits, *erased)).withEdit(edit)
