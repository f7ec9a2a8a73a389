"""The message on the page, and that a worker which had died is back."""

from SAMMoESlicerLib.Message import Level, Message
from SAMMoESlicerLib.Phase import Phase
from SAMMoESlicerLib.SegmentationSession import SegmentationSession


class Notice:
    """One message at a time.

    Attributes:
        message: What is said now, or None.
    """

    def __init__(self, session: SegmentationSession) -> None:
        self.message: Message | None = None
        self._session = session
        self._has_died = False
        session.stateChanged.connect(self._on_state)

    def show(self, message: Message | None) -> None:
        """Show a message in the place of the last one; None: nothing."""
        self.message = message
        is_failure = message is not None and message.level is Level.ERROR
        self._has_died = is_failure and self._session.worker.phase in (Phase.OFF, Phase.STARTING)

    def act(self) -> None:
        """Do what the message suggests."""
        if self.message is not None and self.message.call is not None:
            self.message.call()

    def _on_state(self) -> None:
        if self._has_died and self._session.worker.phase is Phase.READY:
            text = "The model is back. Your points and segments are still here."
            self.show(Message(Level.NOTE, text))
