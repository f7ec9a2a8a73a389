"""The scans in use, and those that are not, each with its reason: none is dropped in silence."""

import logging
from collections.abc import Iterator
from pathlib import Path

from ..image_io import shown

logger = logging.getLogger(__name__)


class LeftOut:
    """Collects what is left out and says so, once when it happens and once at the end."""

    def __init__(self) -> None:
        self._reasons: list[tuple[str, str]] = []
        self._used: set[Path] = set()

    def __len__(self) -> int:
        return len({name for name, _ in self._reasons})

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._reasons)

    @property
    def used(self) -> int:
        """How many different scans are in use."""
        return len(self._used)

    def use(self, image: Path) -> None:
        """Count a scan that is used, once however often it is read."""
        self._used.add(image.absolute())

    def add(self, name: str, reason: str) -> None:
        """Leave one scan out; a second mention of the same reason adds nothing."""
        name, reason = shown(name), shown(reason)
        if (name, reason) not in self._reasons:
            self._reasons.append((name, reason))
            logger.info("left out a scan: %s", reason)

    def lines(self, used: int, *, what: str = "scans") -> list[str]:
        """Return the count and every name with its reason, as the end of a run prints them."""
        if not self._reasons:
            return [f"{used} {what} used, none left out"]
        head = f"{used} {what} used, {len(self)} left out:"
        return [head, *(f"  {name}: {reason}" for name, reason in self._reasons)]
