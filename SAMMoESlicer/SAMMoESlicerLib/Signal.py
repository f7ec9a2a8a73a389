"""A signal without Qt, so that logic can speak without knowing who listens."""

from collections.abc import Callable
from typing import Any


class Signal:
    """Calls every connected function, in the order in which they were connected."""

    def __init__(self) -> None:
        self._slots: list[Callable[..., Any]] = []

    def connect(self, slot: Callable[..., Any]) -> None:
        """Call `slot` at every `emit`; connecting it twice changes nothing."""
        if slot not in self._slots:
            self._slots.append(slot)

    def disconnect(self, slot: Callable[..., Any]) -> None:
        """Stop calling `slot`; a slot that is not connected is ignored."""
        if slot in self._slots:
            self._slots.remove(slot)

    def emit(self, *values: Any) -> None:
        """Call the slots connected at this moment with `values`."""
        for slot in tuple(self._slots):
            slot(*values)
