"""Names ITK cannot misread.

ITK goes by parts of a file's name and by its neighbours: it takes `m.img.nii.gz` for a pair of
files, reads `scan.nii` where `scan.nii.gz` was named, and aborts the process at a name that is not
UTF-8; it does not know `SCAN.MHA`. So it sees a plain name, alone in a folder of its own, wherever
that matters.
"""

import locale
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import GeometryError

PAIRS = (".mhd", ".nhdr", ".hdr", ".hdr.gz", ".img", ".img.gz")
"""Headers that name their voxels' file beside them: these are read where they lie."""


def ending_of(path: Path) -> str:
    """Return a file's ending in small letters, `.nii.gz` as a whole."""
    rest, dot, last = path.name.lower().rpartition(".")
    _, inner_dot, inner = rest.rpartition(".")
    return f".{inner}.gz" if last == "gz" and inner_dot else f"{dot}{last if dot else ''}"


@contextmanager
def plain_file(path: Path) -> Iterator[str]:
    """Give a name under which ITK reads this file and no other.

    Raises:
        GeometryError: The name is not UTF-8, and the file is one of a pair.
    """
    ending = ending_of(path)
    if ending in PAIRS and not _is_utf8(path):
        raise GeometryError(f"{shown(path)}: the name is not UTF-8; rename the file and its pair")
    _let_names_be_utf8()
    is_plain = _is_utf8(path) and path.name.endswith(ending) and not ending.startswith(".nii")
    if ending in PAIRS or is_plain:
        yield str(path)
        return
    with _temporary_folder() as folder:
        link = Path(folder, f"image{ending if ending.isascii() else ''}")
        _link(path.absolute(), link)
        yield str(link)


@contextmanager
def plain_folder(path: Path) -> Iterator[Path]:
    """Give a path to the same folder that ITK can take."""
    _let_names_be_utf8()
    if _is_utf8(path):
        yield path
        return
    with _temporary_folder() as folder:
        link = Path(folder, "folder")
        link.symlink_to(path.absolute(), target_is_directory=True)
        yield link


def shown(path: Path | str) -> str:
    """Return a path as text that can be printed, whatever its bytes are."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _let_names_be_utf8() -> None:
    """Let C libraries open UTF-8 names on Windows, where they take the code page's otherwise.

    Whatever the process's code page is; once and for all, since other threads may be reading.
    See https://github.com/SimpleITK/SimpleITK/issues/795; it may go when ITK opens such names.
    """
    if sys.platform == "win32":
        with suppress(locale.Error):  # before Windows 10 version 1803
            locale.setlocale(locale.LC_CTYPE, ".UTF8")


def _temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """Return a folder that is gone afterwards, unless a virus scanner has a file in it open."""
    return tempfile.TemporaryDirectory(prefix="sammoe-", ignore_cleanup_errors=True)


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _link(path: Path, link: Path) -> None:
    """Make `link` the same file; a copy where the system allows no links."""
    try:
        link.symlink_to(path)
    except OSError:
        shutil.copyfile(path, link)
