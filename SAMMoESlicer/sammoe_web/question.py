"""The question before another scan takes the place of work that was not saved."""

import asyncio

from SAMMoESlicerLib.Signal import Signal

from .unsaved import Unsaved
from .worklist import Worklist

_MOST_NAMED = 4


class Question:
    """Asks one thing at a time; a newer request takes the question of an older one back.

    Signals:
        changed(): Something else is asked, or nothing any more.

    Attributes:
        text: What is asked; empty: nothing.

    Args:
        unsaved: What may be lost.
        worklist: Its segments' names.
    """

    def __init__(self, unsaved: Unsaved, worklist: Worklist) -> None:
        self.changed = Signal()
        self.text = ""
        self._unsaved = unsaved
        self._worklist = worklist
        self._answer: asyncio.Future[bool] | None = None

    async def may_open(self, name: str) -> bool:
        """Return whether a scan may be opened, asked where something would be lost.

        Whoever waits for it no longer cancels it: then nothing is asked any more.

        Args:
            name: What the scan is called.
        """
        self.answer(False)
        if not self._unsaved.exists or self._unsaved.is_given_up:
            return True
        answer = self._answer = asyncio.get_running_loop().create_future()
        self.text = self._text_for(name)
        self.changed.emit()
        try:
            return await answer
        except asyncio.CancelledError:  # there is nothing to open any more
            if self._answer is answer:
                self.answer(False)
            raise

    def answer(self, may_open: bool) -> None:
        """Let the scan that waits be opened, or not."""
        if self._answer is None:
            return
        if may_open:
            self._unsaved.give_up()
        if not self._answer.done():
            self._answer.set_result(may_open)
        self._answer, self.text = None, ""
        self.changed.emit()

    def _text_for(self, name: str) -> str:
        names = [segment.name for segment in self._worklist.content()]
        more = len(names) - _MOST_NAMED
        listed = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return (
            f"Opening {name} removes the segments of this scan with their points: {listed}. "
            "What was not saved is lost, and undo does not bring it back."
        )
