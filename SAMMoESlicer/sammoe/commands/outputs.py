"""Files a command will write: each can be written, and none is what the command reads."""

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import SAMMoEError
from ..whole_file import check_can_write


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path | str | None]) -> None:
    """Check all outputs before any work is done.

    Args:
        outputs: None: not wanted.
        inputs: Files, or folders of files: DICOM slices, a bundle.

    Raises:
        SAMMoEError: One cannot be written, is an input under whatever spelling, link or case, or
            is another output.
    """
    wanted = [path for path in outputs if path is not None]
    read = [Path(path) for path in inputs if path is not None]
    for number, path in enumerate(wanted):
        _check_place(path)
        for other in read:
            if _is(path, other) or _is_part(path, other):
                raise SAMMoEError(f"{_shown(path)} is read as an input; choose another output")
        if any(_is(path, other) for other in wanted[:number]):
            raise SAMMoEError(f"two outputs would both be {_shown(path)}; choose another name")


def _check_place(path: Path) -> None:
    try:
        check_can_write(path)
    except OSError as error:
        reason = error.strerror or error
        raise SAMMoEError(f"{_shown(path)} cannot be written: {reason}") from error


def _is(path: Path, other: Path) -> bool:
    """Say whether two paths are one file here, or would be where case does not count."""
    if os.path.realpath(path).casefold() == os.path.realpath(other).casefold():
        return True
    return path.exists() and other.exists() and path.samefile(other)


def _is_part(path: Path, other: Path) -> bool:
    """Say whether a file belongs to an input: to a folder, or to a header as its voxels."""
    real, whole = Path(os.path.realpath(path)), Path(os.path.realpath(other))
    if other.is_dir():
        from ..image_io import is_dicom

        inside = whole in real.parents and real.is_file()
        return inside and (is_dicom(real) or (whole / "bundle.json").exists())
    same_stem = real.with_suffix("") == whole.with_suffix("")
    return same_stem and real.suffix.lower() in (".raw", ".zraw", ".img", ".hdr", ".mhd", ".nhdr")


def _shown(path: Path) -> str:
    return os.fsencode(path).decode(errors="backslashreplace")
