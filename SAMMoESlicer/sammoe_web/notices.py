"""One message at a time: what is doubtful about a mask, what failed, what to do about it."""

from dataclasses import dataclass

from sammoe import Result
from SAMMoESlicerLib.Advice import warningFor
from SAMMoESlicerLib.Engine import Phase
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.Sentences import asSentence

NOTE, WARNING, ERROR = "info", "warning", "error"


@dataclass(frozen=True)
class Notice:
    """What is said.

    Attributes:
        level: `NOTE`, `WARNING` or `ERROR`.
        text: Plain sentences; empty: nothing is said.
        can_retry: Whether trying again makes sense.
    """

    level: str = NOTE
    text: str = ""
    can_retry: bool = False


class Notices:
    """Listens to the session and keeps the message that counts now.

    Attributes:
        current: What is said now.
        has_failed: Whether the last thing that happened was a failure.
    """

    def __init__(self, session: SegmentationSession) -> None:
        self.current = Notice()
        self.has_failed = False
        self._session = session
        self._worker_died = False
        session.resultWritten.connect(self._on_result)
        session.failed.connect(self.show_failure)
        session.stateChanged.connect(self._on_state)

    def say(self, level: str, text: str) -> None:
        """Say something."""
        self.current = Notice(level, asSentence(text))

    def show_failure(self, message: str) -> None:
        """Say what failed, and offer to try again."""
        self.has_failed = True
        self._worker_died = self._session.engine.phase in (Phase.STARTING, Phase.OFF)
        first_line = (message or "something went wrong").splitlines()[0]
        self.current = Notice(ERROR, asSentence(first_line), can_retry=True)

    def clear(self) -> None:
        """Say nothing any more."""
        self.current, self.has_failed, self._worker_died = Notice(), False, False

    def _on_result(self, _segment_id: str, result: Result) -> None:
        self.clear()
        warning = warningFor(result, self._session.options)
        if warning:
            self.say(WARNING, warning)
        elif result.notes:
            self.say(NOTE, " ".join(result.notes))

    def _on_state(self) -> None:
        if self._worker_died and self._session.engine.phase is Phase.READY:
            self.clear()
            self.say(NOTE, "The model is back; your points and segments are still here.")
