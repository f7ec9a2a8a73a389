"""A cache that forgets what was used longest ago, bounded in bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

ENTRY_BYTES = 1024
"""What a value takes beside its arrays."""


class BoundedCache(Generic[T]):
    """Keep values by key while they fit.

    Args:
        most_bytes: What all values together may take; the newest one always stays.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> T | None:
        """Return the value and count it as used, or None."""
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key]

    def put(self, key: Hashable, value: T) -> None:
        """Keep a value, forgetting older ones where the room ends."""
        if key in self._values:
            self._bytes -= _entry_bytes(self._values.pop(key))
        self._values[key] = value
        self._bytes += _entry_bytes(value)
        while self._bytes > self._most_bytes and len(self._values) > 1:
            _, oldest = self._values.popitem(last=False)
            self._bytes -= _entry_bytes(oldest)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._bytes = 0


def _entry_bytes(value: Any) -> int:
    return ENTRY_BYTES + array_bytes(value)


def array_bytes(value: Any) -> int:
    """Return the bytes of all arrays and tensors in a value, however it is put together."""
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    if isinstance(value, dict):
        return sum(map(array_bytes, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(array_bytes, value))
    if is_dataclass(value):
        return sum(array_bytes(getattr(value, field.name)) for field in fields(value))
    return 0
