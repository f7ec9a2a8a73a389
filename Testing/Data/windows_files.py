"""Windows' rules for open files, on a system without them."""

import errno
import fcntl
import os
import sys
from pathlib import Path
from types import SimpleNamespace


def obey_windows(monkeypatch) -> None:
    """Let nobody remove or rename what is open, or where we are; the library runs on Windows."""
    for name in ("unlink", "remove", "rename", "replace", "rmdir"):
        monkeypatch.setattr(os, name, _refusing(getattr(os, name)))
    locks = SimpleNamespace(
        LK_NBLCK=fcntl.LOCK_EX | fcntl.LOCK_NB,
        locking=lambda descriptor, mode, _bytes: fcntl.flock(descriptor, mode),
    )
    monkeypatch.setitem(sys.modules, "msvcrt", locks)
    monkeypatch.setattr(sys, "platform", "win32")


def _refusing(change):
    def changed(path, *others, **options):
        for named in (path, *others[:1]):
            if isinstance(named, str | os.PathLike) and _is_open(os.path.realpath(named)):
                raise PermissionError(errno.EACCES, "it is open", str(named))
        return change(path, *others, **options)

    return changed


def _is_open(path: str) -> bool:
    descriptors = [*Path("/proc/self/fd").iterdir(), Path("/proc/self/cwd")]
    opened = (os.path.realpath(descriptor) for descriptor in descriptors)
    return any(one == path or one.startswith(f"{path}/") for one in opened)
