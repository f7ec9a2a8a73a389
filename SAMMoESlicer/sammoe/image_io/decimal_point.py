"""Numbers in files have a decimal point, whatever the locale of the process has.

Python leaves numbers as they are in C, but Qt takes the user's locale for the whole process. Where
that has a comma, ITK takes a spacing of 1.7 mm in an NRRD file for 1 mm.
"""

import locale
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _DecimalPoint:
    """Counts who needs the point: the first one sets it, the last one gives the locale back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before = ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have it for the time of the block."""
        with self._lock:
            if self._users == 0:
                self._before = locale.setlocale(locale.LC_NUMERIC)
                if locale.localeconv()["decimal_point"] != ".":
                    locale.setlocale(locale.LC_NUMERIC, "C")
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    locale.setlocale(locale.LC_NUMERIC, self._before)


decimal_point = _DecimalPoint().held
"""Let C code read and write numbers with a point for the time of a block; any thread may ask."""
