"""One segment while it is being made: its markups, its history, what it was before."""

from dataclasses import replace
from typing import Any

from sammoe import MaskPrompt, PredictOptions
from sammoe.errors import PromptError

from .Bridge import PromptMarkups, PromptState, Provenance, SegmentWriter
from .PromptHistory import PromptHistory

SETTLE_S = 0.3
"""A point or box that moves is taken where it has rested for this long; a new point at once."""


class PromptedSegment:
    """Notices what the user does to the markups of one segment, and can put them back.

    Args:
        scene: The scene of the markups.
        writer: Writes the segmentation of the segment.
        segmentId: The segment.
        options: How it is predicted until the user says otherwise.

    Attributes:
        isBehind: The segment does not show yet what was asked for.
        paintedMask: What the user painted since the last click; the next one starts from it.
    """

    def __init__(
        self, scene: Any, writer: SegmentWriter, segmentId: str, options: PredictOptions
    ) -> None:
        self._scene = scene
        self.writer = writer
        self.segmentId = segmentId
        self.options = options
        self.markups = PromptMarkups(scene, writer.segmentationNode, segmentId)
        self.mask: MaskPrompt | None = None
        self.isBehind = False
        self.paintedMask: MaskPrompt | None = None
        self._before: Any = None
        self.history = PromptHistory()
        record = self._record()
        if record is None:
            self._before = writer.copyOf(segmentId)
        else:
            self.options = record.options
            self.mask = record.prompts.mask
            self.history = PromptHistory(self._marked())
        self._seen = self.history.current
        self._moving: tuple[PromptState, float] | None = None

    @property
    def segment(self) -> Any:
        """The vtkSegment, or None once the user removed it."""
        node = self.writer.segmentationNode
        if node.GetScene() is not self._scene:
            return None
        return node.GetSegmentation().GetSegment(self.segmentId)

    def takeAction(self, now_s: float) -> bool:
        """Say whether the user did something since the last call, and add it to the history."""
        state = self._marked()
        if state == self._seen:
            self._moving = None
            return False
        if state.isMoveOf(self._seen):
            if self._moving is None or self._moving[0] != state:
                self._moving = state, now_s
            if now_s - self._moving[1] < SETTLE_S:
                return False
        if self.paintedMask is not None:
            self.mask, self.paintedMask = self.paintedMask, None
            state = replace(state, mask=self.mask)
        self.history.push(state)
        self._seen, self._moving = state, None
        return True

    def show(self, state: PromptState) -> None:
        """Make the markups show a state of the history; that is not an action of the user."""
        self.mask, self.paintedMask = state.mask, None
        self._seen = replace(self.markups.restore(state), mask=state.mask)
        self._moving = None

    def beginAgain(self, state: PromptState) -> None:
        """Show a state and make it the whole history, its clicks one by one."""
        self.history = PromptHistory(state)
        self.show(state)

    def writeAsBefore(self) -> None:
        """Make the segment what it was before its first prompt."""
        if self._before is None:
            self.writer.clear(self.segmentId)
        else:
            self.writer.putBack(self.segmentId, self._before)
        Provenance.removeFrom(self.segment)
        self.isBehind = False

    def _record(self) -> Provenance | None:
        try:
            return Provenance.readFrom(self.segment)
        except PromptError:
            return None  # damaged: what the segment holds now is where its history begins

    def _marked(self) -> PromptState:
        return replace(self.markups.read(), mask=self.mask)
