"""What a reader of scans warns of: on the page nobody sees the server's log."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

READERS = "sammoe.image_io"


class _Listener(logging.Handler):
    """Keeps the warnings of one thread: scans are read beside each other."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a warning."""
        if record.thread == self._thread:
            self.said.append(record.getMessage())


@contextmanager
def reader_warnings() -> Iterator[list[str]]:
    """Give a list that holds, at the end of the block, what readers warned of in this thread."""
    readers, listener = logging.getLogger(READERS), _Listener()
    readers.addHandler(listener)
    try:
        yield listener.said
    finally:
        readers.removeHandler(listener)
