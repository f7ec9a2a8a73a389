"""The worker's queue: one request at a time, newer ones in the place of older ones."""

import threading
from collections import deque
from collections.abc import Callable

from .protocol import SUPERSEDING, Kind, Message


class Inbox:
    """Filled by the reading thread, emptied by the one that computes."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._running: Message | None = None
        self._running_is_stale = False
        self._closed = False
        self._changed = threading.Condition()

    def put(self, request: Message) -> None:
        """Add a request; older ones it supersedes are dropped or, when running, cancelled."""
        stale = SUPERSEDING.get(request.kind, set())
        with self._changed:
            self._drop(lambda message: message.kind in stale)
            self._waiting.append(request)
            self._changed.notify()

    def cancel(self, id: int | None) -> None:
        """Drop a waiting `predict`, or cancel the running one."""
        with self._changed:
            self._drop(lambda message: message.id == id and message.kind == Kind.PREDICT)

    def close(self) -> None:
        """Let `take` return None and everything that runs see itself cancelled."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify()

    def take(self) -> Message | None:
        """Wait for the next request; it counts as running until the next call. None: closed."""
        with self._changed:
            self._running, self._running_is_stale = None, False
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if not self._closed:
                self._running = self._waiting.popleft()
            return self._running

    def is_cancelled(self) -> bool:
        """Say whether nobody wants the running request's answer any more."""
        return self._closed or self._running_is_stale

    def _drop(self, is_stale: Callable[[Message], bool]) -> None:
        self._waiting = deque(message for message in self._waiting if not is_stale(message))
        if self._running is not None and is_stale(self._running):
            self._running_is_stale = True
