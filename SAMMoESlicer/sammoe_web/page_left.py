"""A page that is gone, closed or cut off: what its mouse held in the views is let go."""

from collections.abc import Callable, Iterable
from typing import Any

from wslink.websocket import LinkProtocol

from SAMMoESlicerLib.Bridge.ViewObservers import FIRST, ViewObservers

_BUTTONS = ("Left", "Middle", "Right")


class PageLeft(LinkProtocol):
    """Hears from wslink that a page is gone.

    No release of its buttons comes any more: the view would follow the mouse of the next page.

    Args:
        interactors: Of the views.
        give_up: Takes back what the left button has begun.
    """

    def __init__(self, interactors: Iterable[Any], give_up: Callable[[], None]) -> None:
        super().__init__()
        self._give_up = give_up
        self._held: list[tuple[Any, str]] = []
        self._observers = ViewObservers(FIRST)
        calls = {}
        for button in _BUTTONS:
            calls[f"{button}ButtonPressEvent"] = self._on_press
            calls[f"{button}ButtonReleaseEvent"] = self._on_release
        for interactor in interactors:
            self._observers.watch(interactor, calls)

    def onClose(self, _client_id: str) -> None:  # noqa: N802  as wslink has it
        """Let go of all buttons."""
        held = tuple(self._held)
        if held:
            self._give_up()
        for interactor, release in held:
            interactor.InvokeEvent(release)
        self._held.clear()

    def _on_press(self, interactor: Any, event: str) -> None:
        self._held.append((interactor, event.replace("Press", "Release")))

    def _on_release(self, interactor: Any, event: str) -> None:
        self._held = [held for held in self._held if held != (interactor, event)]
