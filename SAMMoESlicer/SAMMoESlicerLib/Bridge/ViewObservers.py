"""Mouse events of views, heard before Slicer hears them."""

from collections.abc import Callable, Mapping
from typing import Any

BEFORE_SLICER, FIRST = 20.0, 30.0
"""Priority of the observers: the views' own interactor styles observe with 0."""


class ViewObservers:
    """Observes interactors until `close`; an event can be kept from whoever observes behind.

    Args:
        priority: Who has a higher one hears first.
    """

    def __init__(self, priority: float = BEFORE_SLICER) -> None:
        self._priority = priority
        self._observed: list[tuple[Any, dict[str, int]]] = []

    def watch(self, interactor: Any, calls: Mapping[str, Callable[[Any, str], None]]) -> None:
        """Call back at events of an interactor; one that is observed already stays as it is."""
        if all(interactor is not other for other, _tags in self._observed):
            tags = {e: interactor.AddObserver(e, call, self._priority) for e, call in calls.items()}
            self._observed.append((interactor, tags))

    def close(self) -> None:
        """Observe nothing any more."""
        for interactor, tags in self._observed:
            for tag in tags.values():
                interactor.RemoveObserver(tag)
        self._observed.clear()

    def keep(self, interactor: Any, event: str) -> None:
        """Let nobody behind hear of the event that is being heard."""
        tags = next(tags for other, tags in self._observed if other is interactor)
        interactor.GetCommand(tags[event]).SetAbortFlag(1)
