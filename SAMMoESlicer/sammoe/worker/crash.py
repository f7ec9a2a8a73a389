"""What to tell the user when a worker process ends."""

import signal
from typing import Any

from ..errors import ProtocolError, SAMMoEError, WorkerError
from .connection import Exited
from .protocol import PROTOCOL_VERSION


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
        f"the worker speaks version {version} of the protocol, this client {PROTOCOL_VERSION}; "
        "install the same version of SAMMoESlicer for both"
    )


def _ending(exited: Exited) -> str:
    return_code = exited.return_code
    if exited.fault is not None:
        return str(exited.fault)
    if return_code is None or return_code >= 0:
        return f"the worker ended with exit status {return_code}"
    try:
        name = signal.Signals(-return_code).name
    except ValueError:
        name = f"signal {-return_code}"
    hint = " (the system does that when memory runs out)" if name == "SIGKILL" else ""
    return f"the worker was ended by {name}{hint}"
