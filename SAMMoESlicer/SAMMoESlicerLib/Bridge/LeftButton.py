"""The left button in the views, or a finger: whether it is held, and how it is given up."""

from collections.abc import Callable, Iterable
from typing import Any

from ..Signal import Signal
from .PlaceMode import PlaceMode
from .ViewObservers import FIRST, ViewObservers

PRESS, MOVE, RELEASE = "LeftButtonPressEvent", "MouseMoveEvent", "LeftButtonReleaseEvent"
GESTURES = ("Pinch", "Pan", "Rotate")
"""What two fingers do, in the names of VTK's events."""


class LeftButton:
    """What it has begun is given up with Esc, or with a second finger, which means the view.

    Qt's views tell of a second finger by a second press, of another pointer, or by a gesture.

    Signals:
        pressed(): Something may begin.
        givenUp(): What is being placed, drawn or dragged is taken back; the release has no effect.

    Attributes:
        isSending: The event that is heard was made by `send`.

    Args:
        placeMode: Where it places, nothing is being dragged.
    """

    def __init__(self, placeMode: PlaceMode) -> None:
        self.pressed, self.givenUp = Signal(), Signal()
        self.isSending = False
        self._placeMode = placeMode
        self._observers = ViewObservers(FIRST)
        self._holder: Any = None
        self._down: set[int] = set()

    @property
    def isHeld(self) -> bool:
        """Say whether it is down, and was not given up."""
        return self._holder is not None

    def watch(self, interactors: Iterable[Any]) -> None:
        """Watch the views that there are now; those already watched stay so."""
        calls: dict[str, Callable[[Any, str], None]] = {
            PRESS: self._onPress,
            MOVE: self._onMove,
            RELEASE: self._onRelease,
        }
        calls |= {f"Start{gesture}Event": lambda *_: self.giveUp() for gesture in GESTURES}
        for interactor in interactors:
            self._observers.watch(interactor, calls)

    def close(self) -> None:
        """Watch no view any more."""
        self._observers.close()
        self._holder = None
        self._down.clear()

    def send(self, interactor: Any, event: str) -> None:
        """Let Slicer hear of a press or release that nobody made."""
        self.isSending = True
        interactor.InvokeEvent(event)
        self.isSending = False

    def giveUp(self) -> None:
        """Let go of what the button holds, without effect; nothing where it is not down."""
        interactor, self._holder = self._holder, None
        if interactor is None:
            return
        if self._placeMode.node is None or self._placeMode.isResting:
            self.send(interactor, RELEASE)  # Slicer is dragging; in place mode a release places
        self.givenUp.emit()

    def _onPress(self, interactor: Any, event: str) -> None:
        if self.isSending:
            return
        pointer = interactor.GetPointerIndex()
        if self._down - {pointer}:
            self._down.add(pointer)
            self.giveUp()
            self._observers.keep(interactor, event)
        else:
            self._down, self._holder = {pointer}, interactor
            self.pressed.emit()

    def _onMove(self, interactor: Any, event: str) -> None:
        if self._down and not self.isHeld:
            self._observers.keep(interactor, event)

    def _onRelease(self, interactor: Any, event: str) -> None:
        if self.isSending:
            return
        wasGivenUp = bool(self._down) and not self.isHeld
        self._down.discard(interactor.GetPointerIndex())
        self._holder = None
        if wasGivenUp:
            self._observers.keep(interactor, event)
