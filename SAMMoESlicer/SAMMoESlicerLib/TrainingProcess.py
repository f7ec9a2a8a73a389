"""The process that a training runs in."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from .Job import Job


class Process(Protocol):
    """What is needed of a process; none of it may wait, but for `cancel`."""

    code: int | None

    def poll(self) -> bool:
        """Say whether it has ended."""

    def newLines(self) -> list[str]:
        """Return the whole lines it has written since the last call."""

    def letGo(self) -> None:
        """Let it write its checkpoint and end."""

    def cancel(self) -> None:
        """End it at once."""


Start = Callable[[list[str], Path | None], Process]


def startedJob(arguments: list[str], output: Path | None) -> Process:
    """Start a command of `sammoe` behind everything else.

    Args:
        arguments: Its command line.
        output: Keeps what it writes; None: nothing does.
    """
    return Job(*arguments, isBackground=True, output=output)
