"""A segment's record of how it came about: read when the segment is found, and kept up to date."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sammoe import PredictOptions
from sammoe.errors import PromptError

from .Bridge import PromptMarkups, PromptState, Provenance, SegmentVoxels
from .Bridge.NodeMove import NodeMove
from .Bridge.RecordedVoxels import marked, moveSince
from .Bridge.UnreadRecord import UnreadRecord
from .FirstState import drawnBefore, markedState, recordedState
from .PromptHistory import PromptHistory


class SegmentRecord:
    """Our tags of one segment; those that this version cannot read are never lost.

    Args:
        segment: Returns the vtkSegment; None once the user removed it.
    """

    def __init__(self, segment: Callable[[], Any]) -> None:
        self._segment = segment
        self._unread = UnreadRecord({})
        self._found = PromptState()

    def read(self) -> Provenance | None:
        """Return how the segment came about; None where it is not ours, or that is damaged."""
        segment = self._segment()
        return None if segment is None else Provenance.readIfSound(segment)

    @property
    def problem(self) -> str:
        """Why it cannot be read; empty where it can, or there is none."""
        segment = self._segment()
        try:
            if segment is not None:
                Provenance.readFrom(segment)
        except PromptError as error:
            return str(error)
        return ""

    def firstState(
        self, voxels: SegmentVoxels, markups: PromptMarkups, *, referenceId: str
    ) -> PromptState:
        """Return what led to the segment as it is found: its record, or somebody's hand.

        Args:
            voxels: Of the segment.
            markups: Of the segment; they show that state from now on.
            referenceId: Id of the volume that the segmentation is drawn on.
        """
        self._found = self._stateOf(voxels, markups, referenceId)
        return self._found

    def follow(self, move: NodeMove) -> None:
        """Keep what was found where it is, in other coordinates of the segmentation node."""
        self._found = self._found.moved(move)

    def update(
        self, history: PromptHistory, *, options: PredictOptions, voxels: SegmentVoxels
    ) -> None:
        """Let it hold the prompts of now; what nothing led to has none."""
        state, segment, record = history.current, self._segment(), self.read()
        if self._unread.tags and state == self._found:
            self._unread.putBack(segment)
        elif state == history.beginning:
            Provenance.removeFrom(segment)
            self._unread.keepAside(segment)
        elif state.isEmpty:
            self.write(Provenance(state, options=options), voxels)
        elif record is not None:
            self.write(replace(record, prompts=state), voxels)

    def write(self, record: Provenance, voxels: SegmentVoxels) -> None:
        """Write how the segment came about, with a mark of the voxels it belongs to."""
        segment = self._segment()
        marked(record, voxels).writeTo(segment)
        self._unread.keepAside(segment)

    def _stateOf(
        self, voxels: SegmentVoxels, markups: PromptMarkups, referenceId: str
    ) -> PromptState:
        try:
            record = None if self._segment() is None else Provenance.readFrom(self._segment())
        except PromptError:
            self._unread = UnreadRecord(Provenance.tagsOf(self._segment()))
            return markedState(voxels, markups, referenceId=referenceId)
        if record is None:
            return drawnBefore(voxels)
        move = moveSince(record, voxels)
        if move is not None:
            record = replace(record, prompts=record.prompts.moved(move))
            self.write(record, voxels)
        return recordedState(record, voxels, markups, referenceId=referenceId)
