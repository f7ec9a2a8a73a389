"""What is said to the user: a note, a warning or an error, with what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Level(Enum):
    """How serious a message is; also the icon's name."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Message:
    """What is said.

    Attributes:
        level: How serious it is.
        text: Plain sentences.
        action: Caption of a button, or empty.
        call: What the button does.
    """

    level: Level
    text: str
    action: str = ""
    call: Callable[[], object] | None = None


class MessagePlace(Protocol):
    """Where messages are shown, one at a time."""

    def show(self, message: Message | None) -> None:
        """Show a message in the place of the last one; None: nothing."""
