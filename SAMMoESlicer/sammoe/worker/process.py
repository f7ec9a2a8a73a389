"""Start the worker's process and end it with everything it started."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import WorkerError

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
MODULE = "sammoe.worker.main"
NICENESS, BELOW_NORMAL_PRIORITY = 10, 0x4000

_APPLICATIONS = {"", "slicer", "slicerapp-real"}
"""Programs, without suffix, that are no interpreter; an embedded one may have no name at all."""


def default_command(executable: str | None = None) -> list[str]:
    """Return the command line of a worker on this machine.

    Inside Slicer `sys.executable` may be the application itself, which would open a second
    window; its interpreter `PythonSlicer` lies beside it or on the PATH.

    Args:
        executable: The running program; `sys.executable` where None.

    Raises:
        WorkerError: Inside Slicer, but there is no `PythonSlicer`.
    """
    running = Path(sys.executable if executable is None else executable)
    beside = running.parent / f"PythonSlicer{running.suffix}"
    python: str | None = str(beside) if beside.is_file() else str(running)
    if python == str(running) and running.stem.lower() in _APPLICATIONS:
        python = shutil.which("PythonSlicer")
    if python is None:
        raise WorkerError(f"PythonSlicer, which runs the worker, is not beside {running}")
    return [python, "-m", MODULE]


def split_command(text: str) -> list[str]:
    """Return program and arguments of a command line as a shell would take it apart.

    Raises:
        WorkerError: A quote is missing.
    """
    try:
        words = shlex.shlex(text, posix=True, punctuation_chars=False)
        words.whitespace_split, words.commenters = True, ""
        if sys.platform == "win32":
            words.escape = ""  # it parts folders there
        return list(words)
    except ValueError as error:
        raise WorkerError(
            f"the command line of the worker cannot be read ({error}); close every quote in "
            f"{text[:200]!r}"
        ) from error


def worker_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment, this process's by default, with the library importable from here.

    numpy's products run on one thread unless the user says otherwise: its idle threads spin, and
    PyTorch's decoders, which share the cores, took up to three times as long. What Apple's GPU
    cannot compute, the CPU does. What is printed is UTF-8, as it is read: on Windows a pipe would
    get the code page's letters, and a path with others would be another one.
    """
    given = os.environ if environment is None else environment
    paths = [str(PACKAGE_PARENT), given.get("PYTHONPATH", "")]
    search_path = os.pathsep.join(path for path in paths if path)
    return {
        "OPENBLAS_NUM_THREADS": "1",
        "PYTORCH_ENABLE_MPS_FALLBACK": "1",
        **given,
        "PYTHONPATH": search_path,
        "PYTHONSAFEPATH": "1",
        "PYTHONIOENCODING": "utf-8",
    }


def start_process(
    command: Sequence[str] | None = None, *, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a worker in a process group of its own, with unbuffered pipes.

    Args:
        command: Program and arguments; None: the default.
        environment: As for `worker_environment`.

    Raises:
        WorkerError: The program cannot be started, or none is named.
    """
    command = default_command() if command is None else list(command)
    if not command:
        raise WorkerError("the worker's command line names no program; give one, or none at all")
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=worker_environment(environment),
            **own_group(),
        )
    except (OSError, ValueError) as error:
        raise WorkerError(f"the worker cannot be started with {command[0]!r}: {error}") from error


def kill_tree(process: "subprocess.Popen[bytes]") -> None:
    """End a process and everything in its group, at once; one that is gone already is fine."""
    if sys.platform == "win32":
        end_tree(process.pid)
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody left, or only the group's leader, not waited for yet


def end_tree(pid: int) -> None:
    """End a process of Windows and everything it started, as far as Windows can be asked to.

    It gets a stdin: that of a program without a console, or one that was closed, cannot be handed
    on, and is an error.
    """
    if sys.platform == "win32":
        with suppress(OSError):
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(pid)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                creationflags=subprocess.CREATE_NO_WINDOW,
                check=False,
            )


def end_process(pid: int) -> None:
    """End one process of this machine, as the system does when memory runs out.

    Raises:
        OSError: There is none.
    """
    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows: either ends it at once


def lower_priority(process: "subprocess.Popen[bytes]") -> None:
    """Let everything else on the machine go before a process, and what it starts from now on."""
    with suppress(OSError):  # it has ended already
        if sys.platform == "win32":
            import ctypes

            ctypes.windll.kernel32.SetPriorityClass(int(process._handle), BELOW_NORMAL_PRIORITY)
        else:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)


def own_group() -> dict[str, Any]:
    """Return what makes `Popen` start a group of its own, for `kill_tree`."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {"creationflags": flags}
    return {"start_new_session": True}
