"""Where in the world the mouse is while it moves over slice views."""

from collections.abc import Callable, Iterable
from typing import Any

from .ViewObservers import ViewObservers

Position = tuple[float, float, float]


class SliceHover:
    """Tells of every move of the mouse over the views it watches; takes no event from anybody.

    Args:
        onMove: Called with a position, world RAS mm; None once the mouse left, or a button is
            pressed.
    """

    def __init__(self, onMove: Callable[[Position | None], None]) -> None:
        self._onMove = onMove
        self._observers = ViewObservers()

    def watch(self, views: Iterable[tuple[Any, Any]]) -> None:
        """Listen to these views, pairs of interactor and slice node, in the place of others."""
        self.close()
        for interactor, sliceNode in views:
            calls = {
                "MouseMoveEvent": lambda source, _event, node=sliceNode: self._moved(source, node),
                "LeaveEvent": lambda *_: self._onMove(None),
                "LeftButtonPressEvent": lambda *_: self._onMove(None),
                "RightButtonPressEvent": lambda *_: self._onMove(None),
                "MiddleButtonPressEvent": lambda *_: self._onMove(None),
            }
            self._observers.watch(interactor, calls)

    def close(self) -> None:
        """Listen to no view any more."""
        self._observers.close()

    def _moved(self, interactor: Any, sliceNode: Any) -> None:
        x, y = interactor.GetEventPosition()
        r, a, s, _w = sliceNode.GetXYToRAS().MultiplyPoint((x, y, 0.0, 1.0))
        self._onMove((r, a, s))
