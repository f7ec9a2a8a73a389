"""Undo, redo, reset."""

from typing import Any

from ..SegmentationSession import SegmentationSession


class UndoButtons:
    """Every prompt is a step that can be taken back and made again.

    Args:
        ui: The panel's widgets.
        session: What keeps the history.
    """

    def __init__(self, ui: Any, session: SegmentationSession) -> None:
        self._ui = ui
        self._session = session
        ui.undoButton.connect("clicked()", session.undo)
        ui.redoButton.connect("clicked()", session.redo)
        ui.resetButton.connect("clicked()", session.reset)

    def refresh(self) -> None:
        """Enable what can be done now."""
        self._ui.undoButton.enabled = self._session.canUndo
        self._ui.redoButton.enabled = self._session.canRedo
        self._ui.resetButton.enabled = self._session.canReset
