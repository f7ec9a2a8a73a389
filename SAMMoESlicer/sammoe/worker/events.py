"""What `WorkerClient.poll` reports, in the order in which it happened."""

from dataclasses import dataclass, field
from typing import Any

from ..errors import SAMMoEError
from ..result import Result


@dataclass(frozen=True)
class Ready:
    """A bundle is loaded: after the start, after `load_bundle`, and after every restart.

    Attributes:
        id: The load request it answers.
        info: What `WorkerClient.describe` returns from now on.
    """

    id: int
    info: dict[str, Any]


@dataclass(frozen=True)
class VolumeSet:
    """The worker has the volume; reported again after a restart."""

    id: int


@dataclass(frozen=True)
class Progress:
    """A request has reached a stage: a short word such as 'encode'."""

    id: int
    stage: str


@dataclass(frozen=True, eq=False)
class Preview:
    """What the first look at an object drew; the answer is still to come."""

    id: int
    result: Result = field(repr=False)


@dataclass(frozen=True, eq=False)
class Predicted:
    """The answer to the newest `predict`."""

    id: int
    result: Result = field(repr=False)


@dataclass(frozen=True)
class Cancelled:
    """A `predict` will not be answered.

    Attributes:
        id: The request.
        superseded_by: The newer request that took its place, or None: it was cancelled.
    """

    id: int
    superseded_by: int | None = None


@dataclass(frozen=True)
class Failed:
    """A request failed, the worker lives on.

    Attributes:
        id: The request; None: it is about the connection.
        error: With the class and message it was raised with in the worker.
    """

    id: int | None
    error: SAMMoEError


@dataclass(frozen=True)
class Crashed:
    """The worker process ended, or never started.

    Attributes:
        error: What happened, with the end of its log.
        restart_in_s: It starts again by itself after that time, with bundle, volume and the
            unanswered request; None: only on `restart` or the next request.
    """

    error: SAMMoEError
    restart_in_s: float | None

    @property
    def will_restart(self) -> bool:
        """Say whether the client starts it again by itself."""
        return self.restart_in_s is not None


@dataclass(frozen=True)
class Silent:
    """The worker runs and gives no sign of life; a restart is the user's to decide.

    Attributes:
        error: What to tell.
    """

    error: SAMMoEError


@dataclass(frozen=True)
class Answering:
    """The worker that was `Silent` answers again."""


@dataclass(frozen=True)
class LogLine:
    """One line of the worker's log."""

    text: str


Answer = Ready | VolumeSet | Predicted
"""What ends a request well."""

Event = (
    Ready
    | VolumeSet
    | Progress
    | Preview
    | Predicted
    | Cancelled
    | Failed
    | Crashed
    | Silent
    | Answering
    | LogLine
)
