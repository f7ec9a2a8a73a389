"""What is taken back and done again: steps, painting, whole segments."""

from sammoe import MaskPrompt
from sammoe.errors import PromptError

from .Bridge import SegmentReader
from .Bridge.Example import Example, readExample
from .ChosenSegment import ChosenSegment
from .PromptedSegment import PromptedSegment
from .Timeline import Action


class RevisableSegment(ChosenSegment):
    """The part of a session that revises; `SegmentationSession` predicts what is then there."""

    def useSegmentAsPrompt(self) -> None:
        """Let the model redraw the segment from its voxels as they are now, painted ones as well.

        Raises:
            PromptError: No segment or no volume is chosen.
            GeometryError: Volume or segmentation cannot be read.
        """
        target = self._targets.get()
        self.takeHandWork()
        volume = self._volume.read()
        target.releaseHandWork(self.readSegment(), volume, volumeId=self._volume.nodeId)
        self._request(target)

    def readSegment(self) -> MaskPrompt | None:
        """Return the chosen segment's voxels as they are now; None where it is empty.

        Raises:
            PromptError: No segment or no volume is chosen.
            GeometryError: Volume or segmentation cannot be read.
        """
        target = self._targets.get()
        reader = SegmentReader(target.writer.segmentationNode)
        return reader.readMask(target.segmentId, self._volume.read())

    def readExample(self) -> Example:
        """Return the chosen segment as an example to learn from.

        Raises:
            PromptError: No segment or no volume is chosen, or the segment is empty.
            GeometryError: Volume or segmentation cannot be read.
        """
        target = self._targets.get()
        self.takeHandWork()
        return readExample(
            target.writer.segmentationNode,
            target.segmentId,
            self._volume.read(),
            prompts=target.history.current,
            record=target.record.read(),
        )

    def undo(self) -> None:
        """Take the last action back, in whichever segment it was; that segment is chosen."""
        self._sweep()
        self.takeMarks()
        self._takeAllHandWork()
        if self.canUndo:
            self._guarded(lambda: self._showAction(self._targets.timeline.undo()))

    def redo(self) -> None:
        """Do the undone action again, in whichever segment it was; that segment is chosen."""
        self._sweep()
        self.takeMarks()
        self._takeAllHandWork()
        if self.canRedo:
            self._guarded(lambda: self._showAction(self._targets.timeline.redo()))

    def reset(self) -> None:
        """Make the chosen segment what it was before its first prompt; can be undone."""
        self.takeMarks()
        self.takeHandWork()
        if self.canReset:
            target = self._targets.get()
            target.reset()
            self._show(target)

    def removeSegment(self) -> None:
        """Delete the chosen segment with its prompts; can be undone.

        Raises:
            PromptError: No segment is chosen.
        """
        self.takeHandWork()
        self._giveUp(self._targets.get())
        self._targets.removeChosen()
        self._sayChosen()

    def replay(self) -> None:
        """Make the chosen segment again from the prompts recorded in it, as in a loaded scene.

        Raises:
            PromptError: No segment is chosen, or it has no such record.
        """
        target = self._targets.get()
        record = target.record.read()
        if record is None:
            raise PromptError("this segment was not made with SAMMoESlicer: it records no clicks")
        target.options = record.options
        self._targets.beginAgain(target, record.prompts)
        self._request(target)

    def _request(self, target: PromptedSegment) -> None:
        """Make the segment what its history says now."""
        raise NotImplementedError

    def _giveUp(self, target: PromptedSegment) -> None:
        """Wait no more for a segment's mask."""
        raise NotImplementedError

    def _takeAllHandWork(self) -> None:
        """Notice painting also in the segments that undo or redo would change."""
        self._targets.followHardening()
        for target in self._targets.timeline.neighbours:
            target.takeHandWork()
        self.takeHandWork()

    def _showAction(self, action: Action) -> None:
        target = action.target
        node = target.writer.segmentationNode
        if target.segment is None:
            self.setSegment(node, "")
            return
        self._targets.adopt(target)
        if target is not self._targets.chosen:
            self.setSegment(node, target.segmentId)
        if not action.isWritten:
            self._show(target)
        self.stateChanged.emit()

    def _show(self, target: PromptedSegment) -> None:
        target.show(target.history.current)
        self._request(target)
