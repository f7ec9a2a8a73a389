"""A field where two letters and Enter name, colour and code a segment; worklists from templates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from sammoe.errors import SAMMoEError

from ..Bridge import Template
from ..SegmentationSession import SegmentationSession
from ..StructureSources import StructureSources
from .SegmentsSection import SegmentsSection


class StructureField:
    """Name field and template menu under the segments.

    Args:
        ui: The panel's widgets.
        session: Whose chosen segment is named.
        segments: Makes a segment where none is chosen.
        sources: Finds structures.
        onFailed: Called with what went wrong.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        segments: SegmentsSection,
        sources: StructureSources,
        *,
        onFailed: Callable[[str], None],
    ) -> None:
        self._edit = ui.structureEdit
        self._session = session
        self._segments = segments
        self._sources = sources
        self._onFailed = onFailed
        self._names = qt.QStringListModel()
        self._completer = qt.QCompleter()
        self._completer.setModel(self._names)
        self._completer.setCompletionMode(qt.QCompleter.UnfilteredPopupCompletion)
        self._edit.setCompleter(self._completer)
        self._edit.connect("textEdited(QString)", self._onTyped)
        self._edit.connect("returnPressed()", self._onEnter)
        self._button = ui.templateButton
        self._menu = qt.QMenu(self._button)
        self._button.setMenu(self._menu)
        self._fillMenu()

    def focus(self) -> None:
        """Let the user type a name; for a key."""
        self._edit.setFocus()
        self._edit.selectAll()

    def useTemplate(self, template: Template) -> None:
        """Add a template's structures as empty rows, and choose the first of them."""
        self._segments.addRows(template.structures)

    def _fillMenu(self) -> None:
        self._menu.clear()
        for template in self._sources.templates:
            text = _("{name} ({n})").format(name=template.name, n=len(template.structures))
            action = self._menu.addAction(text)
            action.connect("triggered()", lambda *_, template=template: self.useTemplate(template))
        self._menu.addSeparator()
        self._menu.addAction(_("From a file...")).connect("triggered()", self._openFile)

    def _openFile(self) -> None:
        title, filters = _("Choose a template"), _("Templates (*.json)")
        path = qt.QFileDialog.getOpenFileName(None, title, "", filters)
        if not path:
            return
        try:
            template = Template.read(Path(path))
        except SAMMoEError as error:
            self._onFailed(str(error))
            return
        self._sources.addTemplate(template)
        self._fillMenu()
        self.useTemplate(template)

    def _onTyped(self, text: str) -> None:
        self._names.setStringList([structure.name for structure in self._sources.find(text)])

    def _onEnter(self) -> None:
        text = self._edit.text.strip()
        if not text:
            return
        self._segments.ensureSegment()
        if self._session.segmentId is not None:
            self._session.nameAs(self._sources.meant(text))
        self._edit.clear()
        self._edit.clearFocus()
