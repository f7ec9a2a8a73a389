"""The folder of what is dropped: it goes with the server, or, where that was killed, with the next.

What lies in it are patients' scans.
"""

import os
import shutil
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from sammoe.path_lock import path_lock

_PREFIX, _LOCK = "sammoe-uploads-", "lock"
_SWEEP_AFTER_S = 60.0
"""A server locks its folder at once; younger ones are left alone all the same."""


class UploadHome:
    """A folder that nobody else uses.

    Attributes:
        path: Where it is.

    Args:
        parent: Where it is made; None: the system's place for temporary files.
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = Path(tempfile.gettempdir()) if parent is None else parent
        _sweep(parent)
        self._held = ExitStack()
        made = tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True)
        self.path = Path(self._held.enter_context(made))
        self._held.enter_context(path_lock(self.path / _LOCK))

    def new_folder(self) -> Path:
        """Return an empty folder in it."""
        return Path(tempfile.mkdtemp(dir=self.path))

    def close(self) -> None:
        """Remove it with all that is in it."""
        self._held.close()


def _sweep(parent: Path) -> None:
    """Remove what killed servers of this user left; a living one holds the lock of its folder."""
    for left in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            status = left.lstat()
            is_ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
            if left.is_symlink() or not is_ours or time.time() - status.st_mtime < _SWEEP_AFTER_S:
                continue
            with path_lock(left / _LOCK, wait=False):
                shutil.rmtree(left, ignore_errors=True)
