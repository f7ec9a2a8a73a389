"""A bundle's folder is replaced as a whole: readers see the old one or the new one.

Beside a folder `name` lie, while it is written, `.sammoe-<hash of name>-` with `lock`, `new-*` and
`old-*`. Whoever holds the lock may take it that the others were left by a writer that was killed.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..path_lock import path_lock
from ..patiently import FOLDER_PATIENCE_S, patiently

INNER = "bundle"
"""The folder within `new-*` and `old-*`; it is moved, so that it may have any name and rights."""


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
        _move(staging, target)
        return
    outer = Path(tempfile.mkdtemp(prefix=_beside(target, "old-").name, dir=target.parent))
    try:
        _move(target, outer / INNER)
        _move(staging, target)
    finally:  # Ctrl+C as well finds one of the two in place.
        if not target.exists():
            _move(outer / INNER, target)
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
            _move(earlier / INNER, target)
        shutil.rmtree(earlier, ignore_errors=True)
    for unfinished in target.parent.glob(f"{_beside(target, 'new-').name}*"):
        shutil.rmtree(unfinished, ignore_errors=True)


def sweep(library: Path) -> None:
    """Remove what killed writers never finished, of any bundle of a library."""
    for unfinished in library.glob(".sammoe-*-new-*"):
        lock = unfinished.with_name(f"{unfinished.name.rpartition('new-')[0]}lock")
        with suppress(OSError), path_lock(lock, wait=False):
            shutil.rmtree(unfinished, ignore_errors=True)


def _move(folder: Path, target: Path) -> None:
    patiently(lambda: folder.rename(target), patience_s=FOLDER_PATIENCE_S)


def _beside(target: Path, what: str) -> Path:
    name = hashlib.blake2b(os.fsencode(target.name), digest_size=6).hexdigest()
    return target.with_name(f".sammoe-{name}-{what}")
