"""Scribble and lasso: a drag in a slice draws, with Shift it draws background."""

from collections.abc import Callable
from typing import Any

from SAMMoESlicerLib.Bridge.FreehandDrawing import FreehandDrawing
from SAMMoESlicerLib.Placing import Placing
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.Signal import Signal

from .views import Views

SCRIBBLE, LASSO = "scribble", "lasso"


class Drawing:
    """Draws for the chosen segment; drawing and placing exclude each other.

    Signals:
        changed(): Something else is drawn, or nothing any more.

    Attributes:
        kind: `SCRIBBLE` or `LASSO` while a drag draws, otherwise empty.

    Args:
        session: What the curves are for.
        placing: What ends while a drag draws.
        views: Where it draws.
        prepare: Makes everything ready for a prompt; says whether it is.
    """

    def __init__(
        self,
        session: SegmentationSession,
        placing: Placing,
        views: Views,
        *,
        prepare: Callable[[], bool],
    ) -> None:
        self.changed = Signal()
        self.kind = ""
        self._session = session
        self._placing = placing
        self._views = views
        self._prepare = prepare
        self._drawing = FreehandDrawing(self._begin, session.endCurve)
        placing.changed.connect(self._on_placing)
        session.segmentChosen.connect(self._on_segment)

    def toggle(self, kind: str) -> None:
        """Let a drag draw, or stop if this is what is drawn."""
        on = self.kind != kind and self._prepare()
        if on:
            self._placing.end()
        self.kind = kind if on else ""
        self._drawing.setOn(on, self._views.slice_interactors())
        self.changed.emit()

    def stop(self) -> None:
        """Draw no more."""
        if self.kind:
            self.toggle(self.kind)

    def _begin(self, is_background: bool) -> Any:
        return self._session.beginCurve(isClosed=self.kind == LASSO, isForeground=not is_background)

    def _on_placing(self) -> None:
        if self._placing.role is not None:
            self.stop()

    def _on_segment(self) -> None:
        self._drawing.drop()  # it was for the other segment
        if self._session.segmentId is None:
            self.stop()
