"""The segments a session has worked on, each with its prompts; one of them is chosen."""

from typing import Any

from sammoe import PredictOptions
from sammoe.errors import PromptError

from .Bridge import SegmentWriter
from .PromptedSegment import PromptedSegment


class SegmentTargets:
    """Makes a `PromptedSegment` when a segment is chosen for the first time, and keeps it.

    Args:
        scene: The scene of the markups.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._writers: dict[str, SegmentWriter] = {}
        self._targets: dict[tuple[str, str], PromptedSegment] = {}
        self.chosen: PromptedSegment | None = None

    def writer(self, segmentationNode: Any) -> SegmentWriter:
        """Return the writer of a segmentation."""
        nodeId = segmentationNode.GetID()
        if nodeId not in self._writers:
            self._writers[nodeId] = SegmentWriter(segmentationNode)
        return self._writers[nodeId]

    def choose(
        self, segmentationNode: Any, segmentId: str, options: PredictOptions
    ) -> PromptedSegment:
        """Make a segment the chosen one; shows its markups and hides the others'.

        Args:
            segmentationNode: The segmentation.
            segmentId: One of its segments.
            options: How a segment that was never chosen before is predicted.

        Raises:
            PromptError: There is no such segment.
        """
        self.chooseNone()
        if segmentationNode.GetSegmentation().GetSegment(segmentId) is None:
            raise PromptError("there is no such segment; choose or add another one")
        key = (segmentationNode.GetID(), segmentId)
        target = self._targets.get(key)
        if target is None or target.segment is None:
            writer = self.writer(segmentationNode)
            target = PromptedSegment(self._scene, writer, segmentId, options)
            self._targets[key] = target
        target.markups.setVisible(True)
        self.chosen = target
        return target

    def chooseNone(self) -> None:
        """Let no segment be chosen, and hide the markups of the one that was."""
        if self.chosen is not None:
            self.chosen.markups.setVisible(False)
        self.chosen = None

    def get(self) -> PromptedSegment:
        """Return the chosen segment.

        Raises:
            PromptError: No segment is chosen, or it was removed.
        """
        if self.chosen is None or self.chosen.segment is None:
            raise PromptError("no segment is chosen; choose one or add one")
        return self.chosen

    def forget(self) -> None:
        """Let go of every node, when the scene closes."""
        self.chosen = None
        self._targets.clear()
        self._writers.clear()
