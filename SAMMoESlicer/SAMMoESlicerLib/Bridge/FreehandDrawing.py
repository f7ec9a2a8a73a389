"""Drawing a line in a slice view: Slicer's core places one point a release, this follows a drag."""

from collections.abc import Callable, Iterable
from typing import Any

from .ViewObservers import ViewObservers

LEAST_STEP_PX = 4.0
"""Points nearer than this to the last one are left out."""


class FreehandDrawing:
    """While it is on, a left drag in a slice view draws; with Shift it draws background.

    Args:
        begin: Returns the markups curve to draw in; called with whether Shift is held.
        end: Called with the curve once the button is released.
    """

    def __init__(self, begin: Callable[[bool], Any], end: Callable[[Any], None]) -> None:
        self._begin = begin
        self._end = end
        self._isOn = False
        self._curve: Any = None
        self._last: tuple[int, int] = (0, 0)
        self._observers = ViewObservers()
        self._sliceNodes: list[tuple[Any, Any]] = []

    def setOn(self, on: bool, views: Iterable[tuple[Any, Any]] = ()) -> None:
        """Let a drag in these views, pairs of interactor and slice node, draw or not any more."""
        self._isOn = on
        self.close()
        self._sliceNodes = list(views) if on else []
        calls = {
            "LeftButtonPressEvent": self._onPress,
            "MouseMoveEvent": self._onMove,
            "LeftButtonReleaseEvent": self._onRelease,
        }
        for interactor, _sliceNode in self._sliceNodes:
            self._observers.watch(interactor, calls)

    def close(self) -> None:
        """Listen to no view any more."""
        self._observers.close()
        self.drop()

    def drop(self) -> None:
        """Take back the line that is being drawn, if there is one."""
        curve, self._curve = self._curve, None
        if curve is not None and curve.GetScene() is not None:
            curve.GetScene().RemoveNode(curve)

    def _onPress(self, interactor: Any, event: str) -> None:
        self.drop()  # of a line whose release nobody heard of
        self._curve = self._begin(bool(interactor.GetShiftKey()))
        self._add(interactor)
        self._keep(interactor, event)

    def _onMove(self, interactor: Any, event: str) -> None:
        if self._curve is None:
            return
        x, y = interactor.GetEventPosition()
        if abs(x - self._last[0]) + abs(y - self._last[1]) >= LEAST_STEP_PX:
            self._add(interactor)
        self._keep(interactor, event)

    def _onRelease(self, interactor: Any, event: str) -> None:
        if self._curve is None:
            return
        curve, self._curve = self._curve, None
        self._end(curve)
        self._keep(interactor, event)

    def _add(self, interactor: Any) -> None:
        """Add the mouse's position to the curve, world RAS mm."""
        self._last = interactor.GetEventPosition()
        node = next(node for other, node in self._sliceNodes if other is interactor)
        r, a, s, _w = node.GetXYToRAS().MultiplyPoint((*self._last, 0.0, 1.0))
        if self._curve is not None:
            self._curve.AddControlPointWorld(r, a, s)

    def _keep(self, interactor: Any, event: str) -> None:
        """Let the view not take the drag for window and level."""
        self._observers.keep(interactor, event)
