"""Whether the computer runs on its battery, asked now and then in the background."""

import threading
import time
from collections.abc import Callable

from sammoe.power import on_battery

EVERY_S = 60.0


class PowerWatch:
    """Keeps the last answer; until there is one, the computer is taken for plugged in.

    Args:
        ask: Finds it out; may take a while.
        clock: Seconds, rising.
    """

    def __init__(
        self,
        ask: Callable[[], bool] = on_battery,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._onBattery = False
        self._asked_s: float | None = None
        self._thread: threading.Thread | None = None

    @property
    def isOnBattery(self) -> bool:
        """Say what is known; an old answer is renewed behind the caller's back."""
        known, now_s = self._onBattery, self._clock()
        if self._asked_s is None or now_s - self._asked_s >= EVERY_S:
            self._asked_s = now_s
            self._thread = threading.Thread(target=self._find, name="sammoe-power", daemon=True)
            self._thread.start()
        return known

    def wait(self) -> None:
        """Wait for the question under way, if there is one."""
        if self._thread is not None:
            self._thread.join()

    def _find(self) -> None:
        self._onBattery = self._ask()
