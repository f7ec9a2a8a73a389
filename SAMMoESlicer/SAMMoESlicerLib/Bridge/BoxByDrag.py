"""A box drawn by a drag: Slicer's core asks for a click in each of two corners."""

from collections.abc import Iterable
from typing import Any

from .DragDistance import isNear
from .LeftButton import MOVE, PRESS, RELEASE, LeftButton
from .PlaceMode import PlaceMode
from .ViewObservers import ViewObservers


class BoxByDrag:
    """Makes two clicks of a left drag in a slice view, one where it begins and one where it ends.

    Without it the first corner would lie where the drag ends, and a double click would end the box:
    where the first corner is, there is no second one.

    Args:
        placeMode: Says what is placed.
        leftButton: Presses and releases for Slicer.
    """

    def __init__(self, placeMode: PlaceMode, leftButton: LeftButton) -> None:
        self._placeMode = placeMode
        self._leftButton = leftButton
        self._observers = ViewObservers()
        self._start: tuple[int, int] | None = None
        self._corner: tuple[int, int] | None = None
        self._isDragging = False

    def watch(self, interactors: Iterable[Any]) -> None:
        """Watch these slice views, and no others any more."""
        self.close()
        for interactor in interactors:
            self._observers.watch(interactor, dict.fromkeys((PRESS, MOVE, RELEASE), self._onMouse))

    def close(self) -> None:
        """Watch no view any more."""
        self._observers.close()
        self._start, self._corner, self._isDragging = None, None, False

    def drop(self) -> bool:
        """Forget the drag that is under way; say whether it has placed a corner."""
        hasCorner = self._isDragging
        self._start, self._isDragging = None, False
        return hasCorner

    def _onMouse(self, interactor: Any, event: str) -> None:
        if self._leftButton.isSending:
            return
        if event == PRESS:
            here = tuple(interactor.GetEventPosition())
            self._start = here if self._awaitsFirstCorner() else None
            self._corner = self._start or self._corner
        elif event == MOVE:
            self._move(interactor)
        elif self._isDragging or self._start is not None or not self._isAtCorner(interactor):
            if self._isDragging:
                self._leftButton.send(interactor, PRESS)
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
        if isNear(here, self._start):
            return
        self._isDragging = True
        interactor.SetEventPosition(*self._start)
        self._leftButton.send(interactor, RELEASE)
        interactor.SetEventPosition(*here)

    def _isAtCorner(self, interactor: Any) -> bool:
        """Say whether the mouse is where the first corner of the box was placed."""
        here, corner = interactor.GetEventPosition(), self._corner
        return corner is not None and isNear(here, corner) and self._placeMode.node is not None

    def _awaitsFirstCorner(self) -> bool:
        node = self._placeMode.node
        isBox = node is not None and node.IsA("vtkMRMLMarkupsROINode")
        return isBox and node.GetNumberOfDefinedControlPoints() == 0
