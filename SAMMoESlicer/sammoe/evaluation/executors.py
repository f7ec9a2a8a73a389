"""Who scores the cases: this process, several on this machine, or a dask cluster."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from ..engine.device import choose_device
from ..errors import SAMMoEError, WorkerError

RETRIES = 2
MOST_ON_WINDOWS = 61
"""Processes of one pool: Windows waits for no more at a time."""
MOST_ON_A_CLUSTER = 10_000
"""Cases handed to a cluster at a time: dask shares them out itself."""


class InThisProcess(Executor):
    """Does the work when it is handed over."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **named))
        except (SAMMoEError, OSError, MemoryError) as error:
            future.set_exception(error)
        return future


@contextmanager
def executor_of(scheduler: str | None, processes: int) -> Iterator[tuple[Executor, int]]:
    """Give an executor, and how many cases it takes at a time.

    Args:
        scheduler: Address of a dask scheduler, e.g. `tcp://host:8786`; None: this machine.
        processes: How many are started here, at most; 1: this one does all.

    Raises:
        WorkerError: The scheduler cannot be reached.
        SAMMoEError: `distributed` is missing.
    """
    if scheduler is not None:
        with _client(scheduler) as client:
            yield client.get_executor(pure=False, retries=RETRIES), MOST_ON_A_CLUSTER
    elif processes == 1:
        yield InThisProcess(), 1
    else:
        spawn = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
        if sys.platform == "win32":
            processes = min(processes, MOST_ON_WINDOWS)
        pool = ProcessPoolExecutor(processes, mp_context=spawn, initializer=_follow_the_parent)
        with pool:
            yield pool, 2 * processes


def default_processes(device: str, threads: int | None) -> int:
    """Return how many processes score on this machine: one a core, or one on a GPU.

    Args:
        device: Where the model runs, as `choose_device` takes it.
        threads: Of each process; None: one.
    """
    if choose_device(device).type != "cpu":
        return 1
    return max(1, _cores() // (threads or 1))


def default_threads(processes: int) -> int | None:
    """Return on how many threads each of so many processes computes; None: torch decides.

    Processes that share cores and leave it to torch take all of them each, and wait for each other.
    """
    return max(1, _cores() // processes) if processes > 1 else None


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _follow_the_parent() -> None:
    """Let the process that was started by hand say what Ctrl+C means, and end when it has ended.

    Without this, what is killed from outside leaves its processes scoring for nobody.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise SAMMoEError(
            "--scheduler needs dask.distributed: pip install 'sammoe[train]'"
        ) from error
    try:
        return Client(address, timeout="20s")
    except (OSError, ValueError, TimeoutError) as error:
        raise WorkerError(f"no dask scheduler answers at {address}: {error}") from error
