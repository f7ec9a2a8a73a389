"""The segments a session has worked on, each with its prompts; one of them is chosen."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sammoe import PredictOptions
from sammoe.errors import PromptError

from .Bridge import PromptState, SegmentVoxels, SegmentWriter
from .PromptedSegment import PromptedSegment
from .Timeline import Removal, Step, Timeline


class SegmentTargets:
    """Makes a `PromptedSegment` when a segment is chosen for the first time, and keeps it.

    Attributes:
        segmentationNode: The segmentation that is worked on, or None.
        chosen: The segment that is worked on, or None.

    Args:
        scene: The scene of the markups.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._writers: dict[str, SegmentWriter] = {}
        self._targets: dict[tuple[str, str], PromptedSegment] = {}
        self._timelines: dict[str, Timeline] = {}
        self._segmentIds: dict[str, set[str]] = {}
        self.segmentationNode: Any = None
        self.chosen: PromptedSegment | None = None

    @property
    def haveStaleSurfaces(self) -> bool:
        """Say whether a closed surface shows what its segment was before."""
        return any(writer.hasStaleSurfaces for writer in self._writers.values())

    def rebuildSurfaces(self) -> None:
        """Make the closed surfaces of all that was written since the last time."""
        for writer in self._writers.values():
            if writer.segmentationNode.GetScene() is not None:
                writer.rebuildSurfaces()

    def writer(self, segmentationNode: Any) -> SegmentWriter:
        """Return the writer of a segmentation."""
        nodeId = segmentationNode.GetID()
        known = self._writers.get(nodeId)
        if known is None or known.segmentationNode is not segmentationNode:
            self._writers[nodeId] = SegmentWriter(segmentationNode)
            self._writers[nodeId].makesSurfacesLate = True
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
        self.segmentationNode = segmentationNode
        if segmentationNode.GetSegmentation().GetSegment(segmentId) is None:
            raise PromptError("there is no such segment; choose or add another one")
        target = self.known(segmentationNode, segmentId)
        if target is None:
            target = self._newTarget(segmentationNode, segmentId, options)
        target.markups.setVisible(True)
        self.chosen = target
        return target

    def known(self, segmentationNode: Any, segmentId: str) -> PromptedSegment | None:
        """Return a segment that was chosen before, or None."""
        target = self._targets.get((segmentationNode.GetID(), segmentId))
        return None if target is None or target.segment is None else target

    def chooseNone(self) -> None:
        """Let no segment be chosen, and hide the markups of the one that was."""
        if self.chosen is not None:
            self.chosen.markups.setVisible(False)
        self.chosen = None

    @property
    def timeline(self) -> Timeline:
        """What was done to the segments of the segmentation that is worked on."""
        if self.segmentationNode is None or self.segmentationNode.GetScene() is not self._scene:
            return Timeline()
        return self._timelines.setdefault(self.segmentationNode.GetID(), Timeline())

    def removeChosen(self) -> None:
        """Delete the chosen segment with its prompts; an action that can be undone."""
        target = self.get()
        self.chooseNone()
        write = partial(self._writeBeside, target.writer, target)
        self.timeline.add(Removal(target, write))

    def adopt(self, target: PromptedSegment) -> None:
        """Know a segment again that was deleted and is back."""
        self._targets[target.writer.segmentationNode.GetID(), target.segmentId] = target

    def beginAgain(self, target: PromptedSegment, state: PromptState) -> None:
        """Make a state the whole history of a segment."""
        self.timeline.forget(target)
        target.beginAgain(state)
        self.timeline.addEarlier(target)

    def _newTarget(
        self, segmentationNode: Any, segmentId: str, options: PredictOptions
    ) -> PromptedSegment:
        writer = self.writer(segmentationNode)
        target = PromptedSegment(self._scene, writer, segmentId, options)
        self._targets[segmentationNode.GetID(), segmentId] = target
        timeline = self.timeline
        timeline.addEarlier(target)
        target.acted.connect(lambda: timeline.add(Step(target)))
        return target

    def write(self, target: PromptedSegment, step: Callable[[], None]) -> None:
        """Write into a segment; what that takes from others is no hand work of the user's there."""
        if target.writer.touchesOthers:
            self._writeBeside(target.writer, target, step)
        else:
            step()

    def _writeBeside(
        self, writer: SegmentWriter, target: PromptedSegment | None, step: Callable[[], None]
    ) -> None:
        others = [t for t in self._of(writer) if t is not target]
        for other in others:
            other.takeHandWork()
        step()
        for other in others:
            other.acceptVoxels()

    def nextEmptyId(self, segmentationNode: Any) -> str | None:
        """Return the id of the next segment without voxel and prompt, behind the chosen one first.

        If there is no other, that is the chosen one itself; None where every segment has something.
        """
        segmentation = segmentationNode.GetSegmentation()
        ids = list(segmentation.GetSegmentIDs())
        chosenId = self.chosen.segmentId if self.chosen is not None else None
        start = 1 + ids.index(chosenId) if chosenId in ids else 0
        empty = (id for id in ids[start:] + ids[:start] if self._isEmpty(segmentationNode, id))
        return next(empty, None)

    def _isEmpty(self, segmentationNode: Any, segmentId: str) -> bool:
        target = self.known(segmentationNode, segmentId)
        if target is not None and not target.isEmpty:
            return False
        return self.writer(segmentationNode).voxelsOf(segmentId).isEmpty

    def followHardening(self) -> None:
        """Keep all that is remembered where it is, where a segmentation's transform was hardened.

        Voxels are kept in the coordinates of their node, since a transform moves them with it.
        """
        for nodeId, writer in self._writers.items():
            if writer.segmentationNode.GetScene() is None:
                continue
            move = writer.frame.takeMove(partial(self._looks, writer))
            if move is not None:
                timeline = self._timelines.get(nodeId, Timeline())
                for target in {*self._of(writer), *timeline.targets}:
                    target.follow(move)
                timeline.follow(move)
                writer.follow(move)

    def _looks(self, writer: SegmentWriter) -> list[tuple[SegmentVoxels, SegmentVoxels]]:
        """Return segments' voxels at the last look and now, where there are, and were, any."""
        pairs = [target.looks() for target in self._of(writer)]
        return [pair for pair in pairs if not any(voxels.isEmpty for voxels in pair)]

    def _of(self, writer: SegmentWriter) -> list[PromptedSegment]:
        return [target for target in self._living() if target.writer is writer]

    def sweep(self) -> bool:
        """Remove the prompts of segments that were deleted; say whether the chosen one was.

        What a segment had taken that somebody else deleted, e.g. the Segment Editor, is given back.
        """
        wasChosen = self.chosen is not None and self.chosen.segment is None
        if wasChosen:
            self.chosen = None
        for key, target in tuple(self._targets.items()):
            if target.segment is None:
                target.markups.remove()
                del self._targets[key]
                self._forgetUnlessRemoved(key[0], target)
        for nodeId, writer in self._writers.items():
            if writer.segmentationNode.GetScene() is None:
                continue
            self._tidyDeleted(nodeId, writer)
            if writer.owesForRemoved:
                self._writeBeside(writer, None, writer.settleRemoved)
        return wasChosen

    def _tidyDeleted(self, nodeId: str, writer: SegmentWriter) -> None:
        """Leave no labelmap of zeros where somebody else deleted a segment, whoever made it."""
        before = self._segmentIds.get(nodeId, set())
        now = set(writer.segmentationNode.GetSegmentation().GetSegmentIDs())
        self._segmentIds[nodeId] = now
        if before - now:
            writer.tidyEmptied()

    def _forgetUnlessRemoved(self, nodeId: str, target: PromptedSegment) -> None:
        """Drop the actions of a segment that somebody else deleted: it cannot come back."""
        timeline = self._timelines.get(nodeId)
        if timeline is not None and not timeline.removed(target):
            timeline.forget(target)

    def _living(self) -> list[PromptedSegment]:
        return [target for target in self._targets.values() if target.segment is not None]

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
        self.chosen = self.segmentationNode = None
        self._timelines.clear()
        self._targets.clear()
        self._writers.clear()
        self._segmentIds.clear()
