"""While points are placed right drag zooms and middle drag pans, which place mode would not let."""

from collections.abc import Callable, Iterable
from typing import Any

from .PlaceMode import PlaceMode

BEFORE_SLICER = 20.0
"""Priority of the observers: the views' own interactor styles observe with 0."""
BUTTONS = ("Right", "Middle")


class NavigationWhilePlacing:
    """Lets place mode rest from a press to its release, so that the view handles the drag.

    The wheel works in place mode by itself.

    Args:
        placeMode: What rests.
    """

    def __init__(self, placeMode: PlaceMode) -> None:
        self._placeMode = placeMode
        self._observed: list[tuple[Any, dict[str, int]]] = []
        self._isReleasing = False

    def watch(self, interactors: Iterable[Any]) -> None:
        """Watch the views that there are now; those already watched stay so."""
        known = [interactor for interactor, _tags in self._observed]
        for interactor in interactors:
            if not any(interactor is other for other in known):
                self._observed.append((interactor, self._tagsOf(interactor)))

    def close(self) -> None:
        """Watch no view any more."""
        for interactor, tags in self._observed:
            for tag in tags.values():
                interactor.RemoveObserver(tag)
        self._observed.clear()

    def _tagsOf(self, interactor: Any) -> dict[str, int]:
        calls: dict[str, Callable[[Any, str], None]] = {
            f"{button}ButtonPressEvent": self._onPress for button in BUTTONS
        }
        calls |= {f"{button}ButtonReleaseEvent": self._onRelease for button in BUTTONS}
        return {
            event: interactor.AddObserver(event, call, BEFORE_SLICER)
            for event, call in calls.items()
        }

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
        tags = next(tags for other, tags in self._observed if other is interactor)
        interactor.GetCommand(tags[event]).SetAbortFlag(1)
