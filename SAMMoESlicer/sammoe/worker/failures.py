"""What went wrong, as it travels and as the user is told: failed requests and ended processes."""

import signal
from dataclasses import dataclass
from typing import Any

from .. import errors
from ..errors import ProtocolError, SAMMoEError, WorkerError
from .protocol import PROTOCOL_VERSION

MAX_MESSAGE = 4000
"""Characters of an error's message that travel."""
_SHELL_SIGNALS, _FATAL_SIGNALS = 128, (6, 9, 11, 15)
"""A shell in between adds the first to a signal's number and makes it its own exit status."""
_LAUNCHER_WORDS = "exit abnormally"
"""What Slicer's launcher logs of a killed child, which it turns into exit status 1."""


@dataclass(frozen=True)
class Exited:
    """The process has ended, or never started.

    Attributes:
        return_code: Negative: the signal that ended it (POSIX); None: it never started.
        log_tail: The last lines of its log.
        fault: What the client found wrong with it, if that is why it ended.
    """

    return_code: int | None
    log_tail: tuple[str, ...]
    fault: SAMMoEError | None


def error_to_body(error: Exception) -> dict[str, Any]:
    """Return the body of a `FAILED` message; what is not ours becomes a `WorkerError`."""
    if not isinstance(error, SAMMoEError):
        name = "OutOfMemoryError" if isinstance(error, MemoryError) else "WorkerError"
        lines = str(error).strip().splitlines() or ["no message"]
        return {"error": name, "message": f"{type(error).__name__}: {lines[0][:MAX_MESSAGE]}"}
    known = (cls.__name__ for cls in type(error).__mro__ if cls.__module__ == errors.__name__)
    return {"error": next(known), "message": str(error)[:MAX_MESSAGE]}


def error_from_body(body: dict[str, Any]) -> SAMMoEError:
    """Return the error a `FAILED` message tells of."""
    error_class = getattr(errors, str(body.get("error")), None)
    message = str(body.get("message"))
    if isinstance(error_class, type) and issubclass(error_class, SAMMoEError):
        return error_class(message)
    return WorkerError(message)


def crash_error(exited: Exited) -> SAMMoEError:
    """Return why the process ended, as far as one can know, and the end of its log."""
    what = _ending(exited)
    if exited.log_tail:
        what += "; its log ends with:\n" + "\n".join(exited.log_tail)
    return WorkerError(what) if exited.fault is None else type(exited.fault)(what)


def hopeless_error(exited: Exited) -> WorkerError:
    """Return what to say of a request on which a worker ended more than once."""
    return WorkerError(f"the worker ended again on the same request, given up: {_ending(exited)}")


def version_error(version: Any) -> ProtocolError:
    """Return what to say of a worker that speaks another version of the protocol."""
    return ProtocolError(
        f"the worker speaks version {str(version)[:20]} of the protocol, this client "
        f"{PROTOCOL_VERSION}; install the same version of SAMMoESlicer for both"
    )


def greeting_error(patience_s: float) -> WorkerError:
    """Return what to say of a worker that runs and never said so."""
    return WorkerError(
        f"the worker does not answer: no greeting within {patience_s:g} seconds; see whether its "
        "command line works in a terminal, without a question such as a password's"
    )


def silence_error(silent_s: float) -> WorkerError:
    """Return what to say of a worker that gives no sign of life any more."""
    return WorkerError(
        f"the worker does not answer: no sign of life for {silent_s:.0f} seconds; restart it"
    )


def _ending(exited: Exited) -> str:
    if exited.fault is not None:
        return str(exited.fault)
    if exited.return_code == 1 and any(_LAUNCHER_WORDS in line for line in exited.log_tail):
        return "the worker was killed, perhaps because memory ran out"
    signal_number = _signal_number(exited.return_code)
    if signal_number is None:
        return f"the worker ended with exit status {exited.return_code}"
    try:
        name = signal.Signals(signal_number).name
    except ValueError:
        name = f"signal {signal_number}"
    hint = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
    return f"the worker was ended by {name}{hint}"


def _signal_number(return_code: int | None) -> int | None:
    """Return which signal ended a process, also where a shell stands in between."""
    if return_code is None:
        return None
    shifted = return_code - _SHELL_SIGNALS
    if return_code < 0:
        return -return_code
    return shifted if shifted in _FATAL_SIGNALS else None
