"""A point moved by a drag while points are placed: Slicer's core would place another one."""

from collections.abc import Iterable
from typing import Any

from .DragDistance import isNear
from .LeftButton import MOVE, PRESS, RELEASE, LeftButton
from .PlaceMode import PlaceMode
from .ViewObservers import ViewObservers


class PointByDrag:
    """Lets place mode rest while a left drag moves the point it began on.

    Slicer says what is under the mouse; it does so only where nothing is placed.

    Args:
        placeMode: What rests.
        leftButton: Presses for Slicer.
        scene: Of the points.
    """

    def __init__(self, placeMode: PlaceMode, leftButton: LeftButton, scene: Any) -> None:
        self._placeMode = placeMode
        self._leftButton = leftButton
        self._scene = scene
        self._observers = ViewObservers()
        self._start: tuple[int, int] | None = None
        self._isDragging = False
        leftButton.givenUp.connect(self._end)

    def watch(self, interactors: Iterable[Any]) -> None:
        """Watch the views that there are now; those already watched stay so."""
        calls = {PRESS: self._onPress, MOVE: self._onMove, RELEASE: self._onRelease}
        for interactor in interactors:
            self._observers.watch(interactor, calls)

    def close(self) -> None:
        """Watch no view any more."""
        self._observers.close()
        self._end()

    def _onPress(self, interactor: Any, event: str) -> None:
        if self._leftButton.isSending:
            return
        node = self._placeMode.node
        isPoint = node is not None and node.IsA("vtkMRMLMarkupsFiducialNode")
        isPlain = not (interactor.GetShiftKey() or interactor.GetControlKey())  # Slicer's own
        self._start = interactor.GetEventPosition() if isPoint and isPlain else None

    def _onMove(self, interactor: Any, event: str) -> None:
        here, start = interactor.GetEventPosition(), self._start
        if start is None or isNear(here, start):
            return
        self._start = None
        self._placeMode.rest()
        interactor.SetEventPosition(*start)
        self._leftButton.send(interactor, MOVE)
        self._isDragging = self._isOnPoint()
        if self._isDragging:
            self._leftButton.send(interactor, PRESS)
        else:
            self._placeMode.goOn()
        interactor.SetEventPosition(*here)

    def _onRelease(self, interactor: Any, event: str) -> None:
        """Let Slicer end the drag before it places again."""
        if self._leftButton.isSending:
            return
        if self._isDragging:
            self._leftButton.send(interactor, RELEASE)
            self._observers.keep(interactor, event)
        self._end()

    def _end(self) -> None:
        self._start = None
        if self._isDragging:
            self._isDragging = False
            self._placeMode.goOn()

    def _isOnPoint(self) -> bool:
        looks = self._scene.GetNodesByClass("vtkMRMLMarkupsDisplayNode")
        return any(
            look.GetActiveComponentType() == look.ComponentControlPoint
            and not look.GetDisplayableNode().IsA("vtkMRMLMarkupsROINode")
            for look in map(looks.GetItemAsObject, range(looks.GetNumberOfItems()))
        )
