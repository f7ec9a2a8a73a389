"""While points are placed right drag, middle drag and two fingers move the view.

Place mode would not let them.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .LeftButton import GESTURES
from .PlaceMode import PlaceMode
from .ViewObservers import ViewObservers

BUTTONS = ("Right", "Middle")


class NavigationWhilePlacing:
    """Lets place mode rest from a press to its release, so that the view handles the drag.

    The same from the beginning of a gesture to its end.

    The wheel works in place mode by itself.

    Args:
        placeMode: What rests.
    """

    def __init__(self, placeMode: PlaceMode) -> None:
        self._placeMode = placeMode
        self._observers = ViewObservers()
        self._isReleasing = False

    def watch(self, interactors: Iterable[Any]) -> None:
        """Watch the views that there are now; those already watched stay so."""
        calls: dict[str, Callable[[Any, str], None]] = {
            f"{button}ButtonPressEvent": self._onPress for button in BUTTONS
        }
        calls |= {f"{button}ButtonReleaseEvent": self._onRelease for button in BUTTONS}
        calls |= {f"Start{gesture}Event": self._onPress for gesture in GESTURES}
        calls |= {f"End{gesture}Event": self._onRelease for gesture in GESTURES}
        for interactor in interactors:
            self._observers.watch(interactor, calls)

    def close(self) -> None:
        """Watch no view any more."""
        self._observers.close()

    def _onPress(self, interactor: Any, event: str) -> None:
        self._placeMode.rest()

    def _onRelease(self, interactor: Any, event: str) -> None:
        """Let Slicer end the drag first; it lets no observer behind it hear of the release."""
        if self._isReleasing or not self._placeMode.isResting:
            return
        self._isReleasing = True
        interactor.InvokeEvent(event)
        self._isReleasing = False
        self._placeMode.goOn()
        self._observers.keep(interactor, event)
