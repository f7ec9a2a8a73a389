"""Does a worker answer? Started beside the one in use, asked nothing, ended again."""

import time
from collections.abc import Callable

from sammoe.worker import Crashed, Failed, Ready, Silent, WorkerClient

from .Signal import Signal
from .WorkerInfo import WorkerInfo

PATIENCE_S = 60.0


class ConnectionTest:
    """Polled until it knows; no image is sent.

    Signals:
        finished(works, message): What it found out.

    Args:
        newClient: Makes a client of the worker to try.
    """

    def __init__(self, newClient: Callable[[], WorkerClient]) -> None:
        self.finished = Signal()
        self._newClient = newClient
        self._client: WorkerClient | None = None
        self._end_s = 0.0

    def start(self) -> None:
        """Start a worker and wait for it to say that it is ready."""
        self.stop()
        self._client = self._newClient()
        self._client.start()
        self._end_s = time.monotonic() + PATIENCE_S

    def poll(self) -> None:
        """Look for the answer; never waits."""
        if self._client is None:
            return
        for event in self._client.poll():
            if isinstance(event, Ready):
                self._finish(True, WorkerInfo.fromReady(event.info).device)
                return
            if isinstance(event, Crashed | Failed | Silent):
                self._finish(False, str(event.error))
                return
        if time.monotonic() > self._end_s:
            self._finish(False, f"no answer within {PATIENCE_S:g} seconds")

    def stop(self) -> None:
        """End the worker that was tried."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _finish(self, works: bool, message: str) -> None:
        self.stop()
        self.finished.emit(works, message)
