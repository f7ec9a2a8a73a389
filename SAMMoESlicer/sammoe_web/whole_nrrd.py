"""Whether an NRRD file has all its voxels: Slicer's writer of segmentations misses a full disk."""

import gzip
import zlib
from pathlib import Path
from typing import IO
from zipfile import ZipFile

_ENDING = ".nrrd"
_PIECE_BYTES = 1 << 22


def is_whole(path: Path) -> bool:
    """Say so of a file as Slicer writes it; it is not read by Slicer, whose reader may end us.

    Args:
        path: An NRRD file, or a scene (.mrb) with such files; others count as whole.
    """
    if path.suffix == ".mrb":
        with ZipFile(path) as archive:
            inner = [name for name in archive.namelist() if name.endswith(_ENDING)]
            return all(_ends_well(archive.open(name)) for name in inner)
    return path.suffix != _ENDING or _ends_well(path.open("rb"))


def _ends_well(opened: IO[bytes]) -> bool:
    with opened as stream:
        encoding = b""
        while line := stream.readline().strip():
            encoding = line if line.startswith(b"encoding:") else encoding
        if not encoding.endswith((b"gzip", b"gz")):
            return bool(encoding)
        pieces = 0
        try:
            with gzip.open(stream) as voxels:
                while voxels.read(_PIECE_BYTES):
                    pieces += 1
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return False
        return pieces > 0
