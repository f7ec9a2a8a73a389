"""The one writer of every file a user keeps: it is there whole and right, or what was there stays.

A temporary sibling is written, flushed to the disk, read back and compared, then renamed. What a
killed writer leaves behind is swept by the next writer of the same file.
"""

import errno
import hashlib
import io
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

from .patiently import patiently
from .windows_names import is_refused

if sys.platform != "win32":
    import fcntl

PART_PREFIX = ".sammoe-"
LONGEST_ON_WINDOWS = 259
"""Characters of a path, unless somebody told Windows to take more."""
SWEEP_AFTER_S = 60.0
"""A writer locks its part at once; younger parts are left alone all the same."""


@contextmanager
def whole_file(path: Path, *, ending: str = "") -> Iterator[Path]:
    """Give a temporary path beside `path`, which becomes `path` when the block ends well.

    For writers that take a path, such as ITK; who uses it compares in the block what can be read
    back. `written_whole` does so by itself. A link is followed; others may read the new file as
    they could read the old one, or as any file of its writer.

    Args:
        path: The file; its folder exists.
        ending: Of the temporary name, for writers that go by it, e.g. ".nii.gz".

    Raises:
        OSError: The file cannot be written; what was there before is unchanged.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "a file is needed, and this is none", str(path))
    _check_name(target)
    _check_not_protected(target)
    _sweep(target)
    part = target.with_name(f"{_part_prefix(target)}{uuid4().hex[:12]}{ending}")
    with _new_part(part) as held:
        try:
            with suppress(OSError):  # a file system without locks
                _lock(held)
            yield part
            if target.exists():
                with suppress(OSError):  # a file system without modes
                    part.chmod(target.stat().st_mode & 0o7777)
            _flush(part)
            held.close()  # Windows renames no open file
            patiently(lambda: part.replace(target))
            _flush_folder(target.parent)
        finally:
            held.close()  # nor removes one
            part.unlink(missing_ok=True)


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Give a stream; what was written to it is in `path` when the block ends well.

    A pipe or a terminal, e.g. `/dev/stdout`, is written to as it is.

    Raises:
        OSError: The file cannot be written, or what was read back is not what was written.
    """
    if path.is_fifo() or path.is_char_device():
        with path.open("wb") as device:
            yield device
        return
    with whole_file(path) as part:
        with part.open("wb") as stream:
            written = _HashedStream(stream)
            yield cast(BinaryIO, written)
            stream.flush()
            _to_disk(stream.fileno())
        if _hash_of(part) != written.digest:
            raise OSError(errno.EIO, "what was read back is not what was written", str(path))


def check_can_write(path: Path) -> None:
    """Check, before any work, that a file can be written; missing folders count as a mistake.

    Raises:
        OSError: Its folder does not exist or may not be written to, it is a folder, or no name.
    """
    if path.is_fifo() or path.is_char_device():
        return
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(
            errno.ENOENT,
            f"the folder {target.parent} for {target.name} does not exist{_or_too_long(target)}",
        )
    _check_name(target)
    with suppress(FileNotFoundError):
        os.lstat(target)  # a name that is too long is noticed here
    _check_not_protected(target)
    part = target.with_name(f"{_part_prefix(target)}{uuid4().hex[:12]}")
    _new_part(part).close()
    part.unlink()


class _HashedStream(io.RawIOBase):
    """A binary stream that only takes: it cannot be sought in, so its hash is its file's."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._hash = hashlib.blake2b()

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def writable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self._hash.update(block)
        return self._stream.write(block)


def _check_name(target: Path) -> None:
    """Check that Windows takes the name; a colon in it would make a hidden part of another file."""
    if sys.platform == "win32" and is_refused(target.name):
        raise OSError(
            errno.EINVAL,
            f'Windows takes no file of the name {target.name!r}: leave out < > : " | ? * and dots '
            "or spaces at its end; CON, NUL and the like are devices",
            str(target),
        )


def _check_not_protected(target: Path) -> None:
    """Check that a file may be written to: a rename would replace it all the same."""
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "is protected against writing", str(target))


def _new_part(part: Path) -> BinaryIO:
    """Make a part and open it for writing."""
    try:
        return part.open("xb")
    except FileNotFoundError as error:
        reason = f"{error.strerror}{_or_too_long(part)}"
        raise FileNotFoundError(error.errno, reason, str(part)) from error


def _or_too_long(path: Path) -> str:
    """Return what else Windows may mean by a file or folder that does not exist; mostly nothing."""
    if sys.platform == "win32" and len(str(path)) > LONGEST_ON_WINDOWS:
        return f", or the path is too long: Windows takes {LONGEST_ON_WINDOWS} characters"
    return ""


def _part_prefix(target: Path) -> str:
    """Return how the temporary names of a file begin: short, whatever its own name is."""
    name = hashlib.blake2b(os.fsencode(target.name), digest_size=6).hexdigest()
    return f"{PART_PREFIX}{name}-"


def _sweep(target: Path) -> None:
    """Remove what killed writers of this file left; a living one holds the lock of its part."""
    for part in target.parent.glob(f"{_part_prefix(target)}*"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime < SWEEP_AFTER_S:
                continue
            with part.open("rb") as held:
                _lock(held)
                if sys.platform == "win32":
                    held.close()
                part.unlink()


def _lock(stream: BinaryIO) -> None:
    """Lock a part, or raise OSError where its writer lives."""
    if sys.platform != "win32":  # which removes no file that its writer has open
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _flush(part: Path) -> None:
    """Bring a file to the disk."""
    with part.open("rb+") as stream:
        _to_disk(stream.fileno())


def _to_disk(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system without it
            raise


def _flush_folder(folder: Path) -> None:
    """Bring a rename to the disk, where a folder can be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _hash_of(part: Path) -> bytes:
    with part.open("rb") as stream:
        if hasattr(os, "posix_fadvise"):  # from the disk, not from memory
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(stream, "blake2b").digest()
