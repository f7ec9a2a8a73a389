"""A folder is written and replaced as a whole: who reads it sees the old one or the new one.

Beside a folder `name` lie, while it is written, `.sammoe-<hash of name>-` with `lock`, `new-*` and
`old-*`. Whoever holds the lock may take it that the others were left by a writer that was killed.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .path_lock import path_lock
from .patiently import FOLDER_PATIENCE_S, patiently

INNER = "bundle"
"""The folder within `new-*` and `old-*`, whatever it holds; it is moved, so that it may have any
name and rights."""


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target`, with its lock; `put_in_place` moves it there.

    What a killed writer left is put in order first; what is left of this one is removed.

    Raises:
        OSError: It cannot be made.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with path_lock(_beside(target, "lock")):
        recover(target)
        outer = Path(tempfile.mkdtemp(prefix=_beside(target, "new-").name, dir=target.parent))
        try:
            (outer / INNER).mkdir(mode=0o755)
            yield outer / INNER
        finally:
            shutil.rmtree(outer, ignore_errors=True)


def put_in_place(staging: Path, target: Path) -> None:
    """Move the folder of `new_folder` to `target`; an earlier one comes back if that fails.

    Raises:
        OSError: It cannot be moved; `target` is as it was.
    """
    if not target.exists():
        move_folder(staging, target)
        return
    with _aside(target):
        move_folder(staging, target)


def check_can_be_moved(target: Path) -> None:
    """Check, with the lock held and before any work, that what is there can be replaced.

    Windows moves no folder in which a file is open, or that is a program's current one.

    Raises:
        OSError: It cannot be moved.
    """
    if sys.platform == "win32" and target.exists():
        with _aside(target):
            pass


@contextmanager
def _aside(target: Path) -> Iterator[None]:
    """Move a folder away; it comes back unless there is another one when the block ends."""
    outer = Path(tempfile.mkdtemp(prefix=_beside(target, "old-").name, dir=target.parent))
    try:
        move_folder(target, outer / INNER)
        yield
    finally:  # Ctrl+C as well finds one of the two in place.
        if not target.exists():
            move_folder(outer / INNER, target)
        shutil.rmtree(outer, ignore_errors=True)


@contextmanager
def settled(target: Path) -> Iterator[None]:
    """Wait until nobody writes the folder, and bring back what a killed writer moved away.

    Raises:
        OSError: Its lock cannot be had, e.g. where nobody may write.
    """
    with path_lock(_beside(target, "lock")):
        recover(target)
        yield


def is_written(target: Path) -> bool:
    """Say whether somebody writes the folder, or was killed while doing so."""
    try:
        return any(target.parent.glob(f"{_beside(target, '').name}*"))
    except OSError:
        return False


def recover(target: Path) -> None:
    """With the lock held: bring back an earlier folder, and remove what was never finished."""
    for earlier in sorted(target.parent.glob(f"{_beside(target, 'old-').name}*")):
        if not target.exists() and (earlier / INNER).is_dir():
            move_folder(earlier / INNER, target)
        shutil.rmtree(earlier, ignore_errors=True)
    for unfinished in target.parent.glob(f"{_beside(target, 'new-').name}*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def sweep(outer: Path) -> None:
    """Remove what killed writers never finished, of any folder in one."""
    for unfinished in outer.glob(".sammoe-*-new-*"):
        lock = unfinished.with_name(f"{unfinished.name.rpartition('new-')[0]}lock")
        with suppress(OSError), path_lock(lock, wait=False):
            shutil.rmtree(unfinished, ignore_errors=True)


def move_folder(folder: Path, target: Path, *, patience_s: float | None = None) -> None:
    """Rename a folder, on Windows for as long as virus scanners may take.

    Raises:
        OSError: It cannot be moved; it is where it was.
    """
    try:
        patiently(
            lambda: folder.rename(target),
            patience_s=FOLDER_PATIENCE_S if patience_s is None else patience_s,
        )
    except PermissionError as error:
        if sys.platform != "win32":
            raise
        raise PermissionError(
            error.errno,
            "is in use: close what has a file in it open, and leave it where it is the folder of a "
            "command window",
            str(folder),
        ) from error


def _beside(target: Path, what: str) -> Path:
    name = hashlib.blake2b(os.fsencode(target.name), digest_size=6).hexdigest()
    return target.with_name(f".sammoe-{name}-{what}")
