"""Scribble and lasso: a drag draws, with Shift it draws background."""

from collections.abc import Callable
from typing import Any

from ..Bridge.FreehandDrawing import FreehandDrawing
from ..Placing import Placing
from ..SegmentationSession import SegmentationSession
from .viewInteractors import sliceViews


class DrawingSection:
    """Two buttons; one of them is down while a drag draws.

    Args:
        ui: The panel's widgets.
        session: What the curves are for.
        placing: Placing points and drawing exclude each other.
        prepare: Makes everything ready for a prompt; says whether it is.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        placing: Placing,
        *,
        prepare: Callable[[], bool],
    ) -> None:
        self._session = session
        self._placing = placing
        self._prepare = prepare
        self._isClosed: bool | None = None
        self._buttons = {False: ui.scribbleButton, True: ui.lassoButton}
        self._drawing = FreehandDrawing(self._begin, session.endCurve)
        for isClosed, button in self._buttons.items():
            button.connect("clicked(bool)", lambda on, isClosed=isClosed: self.draw(isClosed, on))
        placing.changed.connect(self._onPlacing)
        session.segmentChosen.connect(self._onSegment)

    def toggle(self, isClosed: bool) -> None:
        """Begin to draw lines, or closed ones, or stop if that is what is drawn; for a key."""
        self.draw(isClosed, self._isClosed is not isClosed)

    def draw(self, isClosed: bool, on: bool) -> None:
        """Let a drag draw a line, or a closed one, or no more."""
        on = on and self._prepare()
        if on:
            self._placing.end()
        self._isClosed = isClosed if on else None
        self._drawing.setOn(on, sliceViews())
        self.refresh()

    def stop(self) -> None:
        """Draw no more."""
        if self._isClosed is not None:
            self.draw(self._isClosed, False)

    def refresh(self) -> None:
        """Bring the buttons up to date."""
        for isClosed, button in self._buttons.items():
            button.checked = self._isClosed is isClosed
            button.enabled = self._session.hasVolume

    def _begin(self, isBackground: bool) -> Any:
        return self._session.beginCurve(
            isClosed=bool(self._isClosed), isForeground=not isBackground
        )

    def _onPlacing(self) -> None:
        if self._placing.role is not None:
            self.stop()

    def _onSegment(self) -> None:
        self._drawing.drop()  # it was for the other segment
        if self._session.segmentId is None:
            self.stop()
