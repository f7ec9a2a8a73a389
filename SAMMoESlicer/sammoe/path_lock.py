"""One process at a time at a path: a lock that ends with whoever holds it, however it ends.

Some shared file systems have no locks: there nobody is kept out, and everybody can work.
"""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_RETRY_S = 0.05
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


@contextmanager
def path_lock(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a file, which is made for it and removed again.

    Args:
        path: The lock's own file, beside what it guards.
        wait: Wait for whoever holds it.

    Raises:
        BlockingIOError: Somebody holds it, and `wait` is False.
        OSError: No lock can be made there.
    """
    held = _acquire(path)
    while held is None:
        if not wait:
            raise BlockingIOError(f"{path} is locked by another process")
        time.sleep(_RETRY_S)
        held = _acquire(path)
    try:
        yield
    finally:
        if sys.platform == "win32":  # which removes no open file: neither ours nor the next one's
            held.close()
        with suppress(OSError):
            path.unlink()
        held.close()


def _acquire(path: Path) -> BinaryIO | None:
    """Return the locked file, or None where somebody holds it or has just removed it."""
    stream = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
            return stream
    except (BlockingIOError, PermissionError, FileNotFoundError):
        pass
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return stream
        stream.close()
        raise
    stream.close()
    return None
