"""The scans that are not used, each with its reason: none is dropped in silence."""

import logging
from collections.abc import Iterator

logger = logging.getLogger(__name__)


class LeftOut:
    """Collects what is left out and says so, once when it happens and once at the end."""

    def __init__(self) -> None:
        self._reasons: list[tuple[str, str]] = []

    def __len__(self) -> int:
        return len({name for name, _ in self._reasons})

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._reasons)

    def add(self, name: str, reason: str) -> None:
        """Leave one scan out; a second mention of the same reason adds nothing."""
        if (name, reason) not in self._reasons:
            self._reasons.append((name, reason))
            logger.info("left out a scan: %s", reason)

    def lines(self, used: int, *, what: str = "scans") -> list[str]:
        """Return the count and every name with its reason, as the end of a run prints them."""
        if not self._reasons:
            return [f"{used} {what} used, none left out"]
        head = f"{used} {what} used, {len(self)} left out:"
        return [head, *(f"  {name}: {reason}" for name, reason in self._reasons)]
