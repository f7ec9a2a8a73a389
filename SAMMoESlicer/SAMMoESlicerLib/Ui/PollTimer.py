"""The timer that keeps everything going."""

import logging
from collections.abc import Callable, Sequence

import qt

from ..Phase import Phase
from ..PredictionWorker import PredictionWorker

POLL_INTERVAL_MS, AWAITING_INTERVAL_MS = 30, 5
"""Between two polls; and while a mask is awaited, so that it is seen at once."""


class PollTimer:
    """Calls everybody who has something to go on with, until one raises.

    Args:
        worker: Says whether a mask is awaited.
        polls: What is called, in this order.
        onFailed: Called with what was raised.
    """

    def __init__(
        self,
        worker: PredictionWorker,
        polls: Sequence[Callable[[], None]],
        *,
        onFailed: Callable[[str], None],
    ) -> None:
        self._worker = worker
        self._polls = polls
        self._onFailed = onFailed
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.connect("timeout()", self._onTimer)
        self._timer.start()

    def stop(self) -> None:
        """Call nobody any more."""
        self._timer.stop()

    def _onTimer(self) -> None:
        awaits = self._worker.phase is Phase.WORKING
        interval_ms = AWAITING_INTERVAL_MS if awaits else POLL_INTERVAL_MS
        if self._timer.interval != interval_ms:
            self._timer.setInterval(interval_ms)
        try:
            for poll in self._polls:
                poll()
        except Exception as error:
            logging.getLogger(__name__).exception("in the panel's timer")
            self._onFailed(str(error))
