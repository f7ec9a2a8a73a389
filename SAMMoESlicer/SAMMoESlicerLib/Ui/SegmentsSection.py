"""Which segment the prompts belong to: table, next segment, editing."""

from collections.abc import Callable, Iterable
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.errors import SAMMoEError

from ..Bridge import Structure
from ..Bridge.CompletedSegments import CompletedSegments
from ..SegmentationSession import SegmentationSession
from .SizeColumn import SizeColumn


class SegmentsSection:
    """Keeps the segments table and the session's segment equal.

    Args:
        ui: The panel's widgets.
        session: What predicts.
        onChosen: Called with the segment's id, or '', when one is chosen.
        onFailed: Called with what went wrong.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        *,
        onChosen: Callable[[str], None],
        onFailed: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._session = session
        self._onChosen = onChosen
        self._onFailed = onFailed
        self._segmentationNode: Any = None
        self._sizes = SizeColumn(ui.segmentsTable)
        ui.segmentsTable.connect(
            "selectionChanged(QItemSelection,QItemSelection)", self._onTableSelection
        )
        session.segmentChosen.connect(self._onSessionChosen)
        ui.nextSegmentButton.connect("clicked()", self.nextSegment)
        ui.editSegmentButton.connect("clicked()", self.edit)
        ui.maskPromptButton.connect("clicked()", self._useAsPrompt)

    @property
    def segmentationNode(self) -> Any:
        """The segmentation in the table, or None."""
        return self._segmentationNode

    def setSegmentationNode(self, node: Any, segmentId: str) -> None:
        """Show a segmentation and choose one of its segments."""
        if node is not self._segmentationNode:
            self._segmentationNode = node
            self._ui.segmentsTable.setSegmentationNode(node)
            self._sizes.follow(node)
        self._choose(segmentId)

    def ensureSegment(self) -> None:
        """Make a segment to prompt for unless one is chosen."""
        if self._session.segmentId is None:
            self.nextSegment()

    def nextSegment(self) -> None:
        """Choose the next empty segment, or a new one that the expert will name and colour."""
        node = self._ensureSegmentation()
        if node is not None:
            self._choose(self._session.nextSegment(node))

    def addRows(self, structures: Iterable[Structure]) -> None:
        """Add an empty row for each structure that is not there yet, and choose the next empty."""
        node = self._ensureSegmentation()
        if node is not None:
            self._session.addStructures(node, structures)
            self.nextSegment()

    def addSegment(self) -> None:
        """Add a segment, whatever else is empty, and choose it."""
        node = self._ensureSegmentation()
        if node is not None:
            self._choose(self._session.addSegment(node))

    def settleVolume(self) -> None:
        """Ask before masks of one volume go into a segmentation of another; no: make a new one."""
        node = self._segmentationNode
        other = self._session.otherVolumeNode(node)
        if other is None:
            return
        question = _(
            "'{segmentation}' was made for '{made}'. Write masks of '{chosen}' into it as well?\n\n"
            "No: a new segmentation is made for '{chosen}'."
        ).format(
            segmentation=node.GetName(),
            made=other.GetName(),
            chosen=self._ui.volumeSelector.currentNode().GetName(),
        )
        if slicer.util.confirmYesNoDisplay(question):
            self._session.allowVolume(node)
        else:
            self._ui.segmentationSelector.addNode()

    def edit(self) -> None:
        """Open Slicer's Segment Editor on the segment; what is painted becomes a prompt."""
        segmentId = self._session.segmentId  # the panel's exit may let go of it
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(self._segmentationNode)
        editor.setSourceVolumeNode(self._ui.volumeSelector.currentNode())
        editor.setCurrentSegmentID(segmentId)

    def poll(self) -> None:
        """Bring the sizes in the table up to date, a bit at a time."""
        self._sizes.poll()

    def close(self) -> None:
        """Let go of the segmentation."""
        self._sizes.close()

    def refresh(self) -> None:
        """Enable what can be done now."""
        isChosen = self._session.segmentId is not None
        ui = self._ui
        ui.nextSegmentButton.enabled = self._session.hasVolume
        ui.editSegmentButton.enabled = isChosen
        ui.maskPromptButton.enabled = isChosen
        ui.segmentInfoLabel.text = self._info()
        self._select(self._session.segmentId or "")

    def _ensureSegmentation(self) -> Any:
        if self._segmentationNode is None:
            self._ui.segmentationSelector.addNode()
        if self._segmentationNode is not None:
            self._segmentationNode.CreateDefaultDisplayNodes()
        return self._segmentationNode

    def _useAsPrompt(self) -> None:
        try:
            self._session.useSegmentAsPrompt()
        except SAMMoEError as error:
            self._onFailed(str(error))

    def _onTableSelection(self) -> None:
        ids = self._ui.segmentsTable.selectedSegmentIDs()
        chosen = self._session.segmentId or ""
        if ids or not self._isThere(chosen):  # a table that is being filled selects nothing
            self._choose(ids[0] if ids else "")

    def _choose(self, segmentId: str) -> None:
        isThere = self._isThere(segmentId)
        segmentId = segmentId if isThere else ""
        node, session = self._segmentationNode, self._session
        if segmentId != (session.segmentId or "") or node is not session.segmentationNode:
            session.setSegment(node, segmentId)
        self._select(segmentId)
        self._onChosen(segmentId)

    def _onSessionChosen(self) -> None:
        """Follow the session, e.g. where undo goes to another segment."""
        segmentId = self._session.segmentId or ""
        if segmentId == "" or self._isThere(segmentId):
            self._select(segmentId)
            self._onChosen(segmentId)

    def _info(self) -> str:
        """Return how far the list is."""
        if self._segmentationNode is None:
            return ""
        count = self._segmentationNode.GetSegmentation().GetNumberOfSegments()
        done = len(CompletedSegments(self._segmentationNode))
        if count < 2 and not done:
            return ""
        return _("{done} of {count} done").format(done=done, count=count)

    def _select(self, segmentId: str) -> None:
        """Let the table show what is chosen."""
        table = self._ui.segmentsTable
        if segmentId and segmentId not in table.selectedSegmentIDs():
            table.setSelectedSegmentIDs([segmentId])

    def _isThere(self, segmentId: str) -> bool:
        node = self._segmentationNode
        return node is not None and node.GetSegmentation().GetSegment(segmentId) is not None
