"""A child process that is polled, for work the panel must not wait for."""

import subprocess
import tempfile
from pathlib import Path

from sammoe.errors import WorkerError
from sammoe.worker.process import (
    default_command,
    kill_tree,
    lower_priority,
    own_group,
    worker_environment,
)

TAIL_BYTES = 4096


class Job:
    """Runs a command of `sammoe` with Slicer's Python, its output in a file.

    Args:
        arguments: Its command line, such as `install`, source, library.
        isBackground: Everything else goes before it, and it has a stdin that `letGo` closes.
        output: The file that keeps what it writes; None: one that goes with this object.

    Attributes:
        code: The exit status; None while it runs.

    Raises:
        WorkerError: It cannot be started.
    """

    def __init__(
        self, *arguments: str, isBackground: bool = False, output: Path | None = None
    ) -> None:
        self.code: int | None = None
        command = [default_command()[0], "-m", "sammoe.cli", *arguments]
        try:
            self._folder = tempfile.TemporaryDirectory(
                prefix="sammoe-job-", ignore_cleanup_errors=True
            )
            self._output = output or Path(self._folder.name) / "output.txt"
            with self._output.open("wb") as stream:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE if isBackground else subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    env=worker_environment(),
                    **own_group(),
                )
        except OSError as error:
            raise WorkerError(f"{command[0]} cannot be started: {error}") from error
        self._read = 0
        if isBackground:
            lower_priority(self._process)

    def poll(self) -> bool:
        """Say whether it has ended; never waits."""
        self.code = self._process.poll()
        return self.code is not None

    def lastLine(self) -> str:
        """Return the last whole line it has written."""
        with self._output.open("rb") as output:
            output.seek(max(self._output.stat().st_size - TAIL_BYTES, 0))
            text = output.read().decode("utf-8", "replace")
        lines = text.rpartition("\n")[0].splitlines()
        return lines[-1] if lines else ""

    def newLines(self) -> list[str]:
        """Return the whole lines it has written since the last call."""
        with self._output.open("rb") as output:
            output.seek(self._read)
            whole, newline, _rest = output.read().rpartition(b"\n")
        self._read += len(whole) + len(newline)
        return whole.decode("utf-8", "replace").splitlines()

    def letGo(self) -> None:
        """Close its stdin: a training then writes its checkpoint and ends by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def cancel(self) -> None:
        """End it with everything it started."""
        if self.code is None:
            kill_tree(self._process)
            self.code = self._process.wait()
