"""A NIfTI file, read beside ITK, which fills a cut file with zeros and turns NaN into 0."""

import gzip
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import GeometryError
from .nifti_header import HEADER_BYTES, NiftiHeader, parse_nifti_header
from .plain_names import ending_of, shown

CHUNK_BYTES = 1 << 22
PAIR = (".hdr", ".hdr.gz", ".img", ".img.gz")
Stream = BinaryIO | gzip.GzipFile


@dataclass(frozen=True, eq=False)
class NiftiFile:
    """What the file holds and ITK does not tell.

    Attributes:
        header: Its header.
        not_finite: bool, (voxels,) in the file's order: NaN or infinite; None: all are finite.
    """

    header: NiftiHeader
    not_finite: NDArray[np.bool_] | None


def read_nifti_file(path: Path) -> NiftiFile | None:
    """Return a NIfTI file, or pair of files, whose voxels are all there.

    None for any other file, and for one whose header ITK will refuse.

    Raises:
        GeometryError: The file is cut off or damaged.
    """
    header_file, voxel_file = _files_of(path)
    if header_file is None or voxel_file is None:
        return None
    try:
        with _opened(header_file) as stream:
            header = parse_nifti_header(stream.read(HEADER_BYTES))
        if header is None:
            return None
        with _opened(voxel_file) as stream:
            found, not_finite = _walk(stream, header)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise GeometryError(
            f"{shown(path.name)} is cut off or damaged ({error}); copy or download it again"
        ) from error
    if found < header.least_bytes:
        raise GeometryError(
            f"{shown(path.name)} is cut off: {found:,} of {header.least_bytes:,} bytes are there; "
            "copy or download it again"
        )
    return NiftiFile(header, not_finite)


def _files_of(path: Path) -> tuple[Path | None, Path | None]:
    """Return where header and voxels are; None: the path is no NIfTI, or one is missing."""
    ending = ending_of(path)
    if ending in (".nii", ".nii.gz"):
        return path, path
    if ending not in PAIR:
        return None, None
    stem = path.name[: -len(ending)]
    there = [path.with_name(stem + other) for other in PAIR]
    header, packed_header, voxels, packed_voxels = (one if one.exists() else None for one in there)
    return header or packed_header, voxels or packed_voxels


def _opened(path: Path) -> Stream:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")


def _walk(stream: Stream, header: NiftiHeader) -> tuple[int, NDArray[np.bool_] | None]:
    """Return how many bytes can be read, and which voxels are not finite.

    A compressed stream is read to its checksum.
    """
    if header.floats is None:
        return _skip(stream), None
    found, read = _pass(stream, header.start), 0
    not_finite = None
    while block := stream.read(CHUNK_BYTES):
        found += len(block)
        usable = max(min(len(block), header.least_bytes - header.start - read), 0)
        usable -= usable % header.floats.itemsize
        bad = ~np.isfinite(np.frombuffer(block[:usable], header.floats))
        if bad.any():
            if not_finite is None:
                not_finite = np.zeros(header.voxels, bool)
            first = read // header.floats.itemsize
            not_finite[first : first + bad.size] = bad
        read += len(block)
    return found, not_finite


def _skip(stream: Stream) -> int:
    if not isinstance(stream, gzip.GzipFile):
        return stream.seek(0, 2)
    return _pass(stream, sys.maxsize)


def _pass(stream: Stream, size: int) -> int:
    """Read past `size` bytes, of which a damaged header may tell any number; return how many."""
    found = 0
    while block := stream.read(max(min(CHUNK_BYTES, size - found), 0)):
        found += len(block)
    return found
