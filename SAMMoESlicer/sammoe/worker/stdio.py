"""The worker's own ends of its pipes, and how it leaves."""

import contextlib
import os
import signal
import sys
import threading
from io import FileIO
from pathlib import Path
from typing import NoReturn

from .process import end_tree

PROCESS_STATUS = Path("/proc/self/status")


def claim_stdio() -> tuple[FileIO, FileIO]:
    """Take standard input and output for frames alone; returns both, unbuffered.

    Afterwards whatever prints, in Python, in a library or in a process started from here, prints
    to the log, and whatever reads standard input finds it empty.
    """
    frames_in, frames_out = (claim_stdin(), "rb"), (_own(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return FileIO(*frames_in), FileIO(*frames_out)


def claim_stdin() -> int:
    """Take standard input for one reader alone; returns its descriptor.

    Afterwards whatever else reads standard input finds it empty. On Windows a library that only
    looks at it, as numpy's and scipy's do when they are imported, would wait for as long as
    somebody reads from it: https://github.com/numpy/numpy/issues/24290.
    """
    own, empty = _own(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return own


def leave(return_code: int) -> NoReturn:
    """End this process at once, even in mid-computation, and whatever it started."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    if sys.platform == "win32":
        end_tree(os.getpid())
    elif os.getpgrp() == os.getpid():
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.killpg(0, signal.SIGTERM)
        else:  # a handler cannot be set from here
            os.killpg(0, signal.SIGKILL)
    os._exit(return_code)


def peak_memory_mb() -> float | None:
    """Return the most memory this process ever held, or None where the system does not say.

    Linux counts to a process what its parent held when it was started, in `getrusage` but not in
    `/proc`.
    """
    if sys.platform == "win32":
        return None
    if PROCESS_STATUS.is_file():
        for line in PROCESS_STATUS.read_text("utf-8", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**10
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _own(descriptor: int) -> int:
    """Return a duplicate of a descriptor that no process started from here inherits."""
    own = os.dup(descriptor)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(own, os.O_BINARY)
    return own
