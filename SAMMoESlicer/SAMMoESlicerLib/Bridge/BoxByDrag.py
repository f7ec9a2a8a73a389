"""A box drawn by a drag: Slicer's core asks for a click in each of two corners."""

from collections.abc import Iterable
from typing import Any

from .PlaceMode import PlaceMode
from .ViewObservers import ViewObservers

LEAST_DRAG_PX = 5.0
"""A mouse that moves less between press and release has clicked; so near to the first corner there
is no second one."""
EVENTS = ("LeftButtonPressEvent", "MouseMoveEvent", "LeftButtonReleaseEvent")


class BoxByDrag:
    """Makes two clicks of a left drag in a slice view, one where it begins and one where it ends.

    Without it the first corner would lie where the drag ends, and a double click would end the box.

    Args:
        placeMode: Says what is placed.
    """

    def __init__(self, placeMode: PlaceMode) -> None:
        self._placeMode = placeMode
        self._observers = ViewObservers()
        self._start: tuple[int, int] | None = None
        self._corner: tuple[int, int] | None = None
        self._isDragging = False
        self._isOwnEvent = False

    def watch(self, interactors: Iterable[Any]) -> None:
        """Watch these slice views, and no others any more."""
        self.close()
        for interactor in interactors:
            self._observers.watch(interactor, dict.fromkeys(EVENTS, self._onMouse))

    def close(self) -> None:
        """Watch no view any more."""
        self._observers.close()
        self._start, self._corner, self._isDragging = None, None, False

    def _onMouse(self, interactor: Any, event: str) -> None:
        if self._isOwnEvent:
            return
        if event == EVENTS[0]:
            here = tuple(interactor.GetEventPosition())
            self._start = here if self._awaitsFirstCorner() else None
            self._corner = self._start or self._corner
        elif event == EVENTS[1]:
            self._move(interactor)
        elif self._isDragging or self._start is not None or not self._isAtCorner(interactor):
            if self._isDragging:
                self._send(interactor, EVENTS[0])
            self._start, self._isDragging = None, False
        else:
            self._observers.keep(interactor, event)

    def _move(self, interactor: Any) -> None:
        """Release the button for Slicer where it was pressed, once the mouse has left that place.

        From then on Slicer draws the box after the mouse, as between two clicks.
        """
        if self._start is None or self._isDragging:
            return
        here = tuple(interactor.GetEventPosition())
        if _isNear(here, self._start):
            return
        self._isDragging = True
        interactor.SetEventPosition(*self._start)
        self._send(interactor, EVENTS[2])
        interactor.SetEventPosition(*here)

    def _send(self, interactor: Any, event: str) -> None:
        self._isOwnEvent = True
        interactor.InvokeEvent(event)
        self._isOwnEvent = False

    def _isAtCorner(self, interactor: Any) -> bool:
        """Say whether the mouse is where the first corner of the box was placed."""
        here, corner = interactor.GetEventPosition(), self._corner
        return corner is not None and _isNear(here, corner) and self._placeMode.node is not None

    def _awaitsFirstCorner(self) -> bool:
        node = self._placeMode.node
        isBox = node is not None and node.IsA("vtkMRMLMarkupsROINode")
        return isBox and node.GetNumberOfDefinedControlPoints() == 0


def _isNear(here: tuple[int, int], there: tuple[int, int]) -> bool:
    return max(abs(here[0] - there[0]), abs(here[1] - there[1])) < LEAST_DRAG_PX
