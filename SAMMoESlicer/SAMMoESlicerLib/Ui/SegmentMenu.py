"""What can be done with a row: show or hide it, go there, export it, delete it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from sammoe.errors import SAMMoEError

from ..Bridge.PlaceMode import jumpSlices
from ..Bridge.SegmentExport import (
    exportDicom,
    exportLabelmap,
    exportSurfaces,
    nonEmptyIds,
    whyNoDicom,
)
from ..FilesAside import filesAside
from ..SegmentationSession import SegmentationSession
from .plainText import plainText
from .SegmentsSection import SegmentsSection


class SegmentMenu:
    """A row's menu, also beside the segments; the delete button, and the Delete key in the table.

    Args:
        ui: The panel's widgets.
        session: Whose chosen segment it is about.
        segments: Knows the segmentation.
        onFailed: Called with what went wrong.
        onDone: Called with what is worth saying.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        segments: SegmentsSection,
        *,
        onFailed: Callable[[str], None],
        onDone: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._session = session
        self._segments = segments
        self._onFailed = onFailed
        self._onDone = onDone
        self._menu = qt.QMenu(ui.segmentMenuButton)
        self._actions = []
        for text, call in (
            (_("Show or hide the mask (M)"), self.toggle),
            (_("Go to the segment (J)"), self.jump),
            (_("Export all segments as a label map..."), self._exportLabelmap),
            (_("Export this segment as STL..."), self._exportSurface),
            (_("Export all segments as STL..."), self._exportSurfaces),
            (_("Export all segments as DICOM SEG..."), self._exportDicom),
            (_("Show this segment only"), ui.segmentsTable.showOnlySelectedSegments),
            (_("Move up"), ui.segmentsTable.moveSelectedSegmentsUp),
            (_("Move down"), ui.segmentsTable.moveSelectedSegmentsDown),
            (_("Delete the segment (Del in the table)"), self.delete),
        ):
            action = self._menu.addAction(text)
            action.connect("triggered()", call)
            self._actions.append(action)
        ui.segmentMenuButton.setMenu(self._menu)
        self._table = ui.segmentsTable.tableWidget()
        self._table.setContextMenuPolicy(qt.Qt.CustomContextMenu)
        self._table.connect("customContextMenuRequested(QPoint)", self._popUp)
        ui.deleteSegmentButton.connect("clicked()", self.delete)
        self._key = qt.QShortcut(ui.segmentsTable)
        self._key.autoRepeat = False  # held, it would empty the table
        self._key.setKey(qt.QKeySequence("Del"))
        self._key.setContext(qt.Qt.WidgetWithChildrenShortcut)
        self._key.connect("activated()", self.delete)

    def refresh(self) -> None:
        """Enable what can be done now."""
        isChosen = self._session.segmentId is not None
        self._ui.deleteSegmentButton.enabled = isChosen
        self._ui.segmentMenuButton.enabled = self._segments.segmentationNode is not None
        for action in self._actions:
            action.enabled = isChosen

    def toggle(self) -> None:
        """Show the chosen segment's mask, or hide it."""
        node, segmentId = self._segments.segmentationNode, self._session.segmentId
        display = node.GetDisplayNode() if node is not None else None
        if display is not None and segmentId is not None:
            display.SetSegmentVisibility(segmentId, not display.GetSegmentVisibility(segmentId))

    def jump(self) -> None:
        """Let the slices show the middle of the chosen segment."""
        node, segmentId = self._segments.segmentationNode, self._session.segmentId
        if node is not None and segmentId is not None and self._session.volumeMl:
            jumpSlices(slicer.mrmlScene, node.GetSegmentCenterRAS(segmentId))

    def delete(self) -> None:
        """Delete the chosen segment; undo brings it back."""
        if self._session.segmentId is not None:
            self._session.removeSegment()

    def _popUp(self, place: Any) -> None:
        """Show the menu where a row was clicked with the right button, which has selected it."""
        if self._table.indexAt(place).isValid():
            self._menu.popup(self._table.viewport().mapToGlobal(place))

    def _exportLabelmap(self) -> None:
        node = self._segments.segmentationNode
        self._export(lambda folder: exportLabelmap(node, nonEmptyIds(node), folder))

    def _exportSurface(self) -> None:
        if self._session.segmentId is not None:
            self._exportSurfacesOf([self._session.segmentId])

    def _exportSurfaces(self) -> None:
        self._exportSurfacesOf(nonEmptyIds(self._segments.segmentationNode))

    def _exportSurfacesOf(self, segmentIds: Sequence[str]) -> None:
        node = self._segments.segmentationNode
        self._session.finishSurfaces()
        self._export(lambda folder: exportSurfaces(node, segmentIds, folder))

    def _exportDicom(self) -> None:
        plugins = getattr(slicer.modules, "dicomPlugins", None)
        why = whyNoDicom(self._ui.volumeSelector.currentNode(), plugins)
        if why:
            self._onFailed(why)
            return
        node = self._segments.segmentationNode
        self._export(lambda folder: exportDicom(node, folder, plugins))

    def _export(self, write: Callable[[Path], None]) -> None:
        """Write files aside, and move them where the user wants them if none is lost by that."""
        folder = _chosenFolder()
        if folder is None:
            return
        try:
            with filesAside(folder) as files:
                write(files.folder)
                if _mayReplace(files.replaced, folder):
                    said = _("Written to {folder}, number of files: {count}")
                    self._onDone(said.format(folder=folder, count=files.move()))
        except SAMMoEError as error:
            self._onFailed(str(error))


def _chosenFolder() -> Path | None:
    folder = qt.QFileDialog.getExistingDirectory(None, _("Choose the folder to write to"))
    return Path(folder) if folder else None


def _mayReplace(names: Sequence[str], folder: Path) -> bool:
    """Ask where files would be replaced."""
    if not names:
        return True
    question = _("Replace {count} file(s) in '{folder}', e.g. {name}?")
    return bool(
        slicer.util.confirmYesNoDisplay(
            plainText(question.format(count=len(names), folder=folder.name, name=names[0]))
        )
    )
