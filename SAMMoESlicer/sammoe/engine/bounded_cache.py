"""A cache that forgets what was used longest ago, bounded in bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class BoundedCache(Generic[T]):
    """Keep values by key while they fit.

    Args:
        most_bytes: What all values together may take; the newest one always stays.
        size_of: Bytes of a value.
    """

    def __init__(self, most_bytes: int, *, size_of: Callable[[T], int]) -> None:
        self._most_bytes = most_bytes
        self._size_of = size_of
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
            self._bytes -= self._size_of(self._values.pop(key))
        self._values[key] = value
        self._bytes += self._size_of(value)
        while self._bytes > self._most_bytes and len(self._values) > 1:
            _, oldest = self._values.popitem(last=False)
            self._bytes -= self._size_of(oldest)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._bytes = 0
