"""Name, time and interrupt the stages of a prediction."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..errors import SAMMoEError

Progress = Callable[[str], None]
"""Called with a stage's name as it begins."""
IsCancelled = Callable[[], bool]
"""Asked before each stage."""


class Cancelled(SAMMoEError):  # noqa: N818 - the caller's wish, not a fault
    """The caller asked to stop; everything known before the request still is."""


class Stages:
    """The stages of one prediction; the only place where a request can be cancelled."""

    def __init__(
        self, progress: Progress | None = None, cancelled: IsCancelled | None = None
    ) -> None:
        self._progress = progress or (lambda stage: None)
        self.is_cancelled = cancelled or (lambda: False)
        self.timings_ms: dict[str, float] = {}
        self._latest = ""

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Run a stage, or go on with it; its time adds to what the same stage took before.

        Raises:
            Cancelled: Somebody asked to stop.
        """
        if self.is_cancelled():
            raise Cancelled("the prediction was cancelled")
        if name != self._latest:
            self._progress(name)
        self._latest = name
        start = time.perf_counter()
        yield
        elapsed_ms = (time.perf_counter() - start) * 1e3
        self.timings_ms[name] = self.timings_ms.get(name, 0.0) + elapsed_ms
