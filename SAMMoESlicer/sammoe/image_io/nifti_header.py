"""What a NIfTI file says of itself, checked where ITK does not: it fills a cut file with zeros."""

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import GeometryError
from ..geometry import Matrix
from .plain_names import ending_of, shown

HEADER_BYTES = 540
CHUNK_BYTES = 1 << 20
PAIR = (".hdr", ".hdr.gz", ".img", ".img.gz")
MM_OF_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}


@dataclass(frozen=True, eq=False)
class NiftiHeader:
    """Of the first or second version, or of ANALYZE.

    Attributes:
        least_bytes: Where the voxels end.
        qform: (4, 4) index to RAS mm; None: the file gives none.
        sform: Likewise; may be sheared.
    """

    least_bytes: int
    qform: Matrix | None
    sform: Matrix | None


def read_nifti_header(path: Path) -> NiftiHeader | None:
    """Return the header of a NIfTI file, or pair of files, whose voxels are all there.

    None for any other file, and for one whose header ITK will refuse.

    Raises:
        GeometryError: The file is cut off or damaged.
    """
    header_file, voxel_file = _files_of(path)
    if header_file is None or voxel_file is None:
        return None
    try:
        with _opened(header_file) as stream:
            header = _parse(stream.read(HEADER_BYTES))
        with _opened(voxel_file) as stream:
            found = 0 if header is None else _count(stream)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise GeometryError(
            f"{shown(path.name)} is cut off or damaged ({error}); copy or download it again"
        ) from error
    if header is not None and found < header.least_bytes:
        raise GeometryError(
            f"{shown(path.name)} is cut off: {found:,} of {header.least_bytes:,} bytes are there; "
            "copy or download it again"
        )
    return header


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


def _opened(path: Path) -> "BinaryIO | gzip.GzipFile":
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")


def _count(stream: "BinaryIO | gzip.GzipFile") -> int:
    """Return how many bytes can be read; a compressed stream is read to its checksum."""
    if not isinstance(stream, gzip.GzipFile):
        return stream.seek(0, 2)
    found = 0
    while block := stream.read(CHUNK_BYTES):
        found += len(block)
    return found


def _parse(header: bytes) -> NiftiHeader | None:
    for order in "<>":
        try:
            size = struct.unpack_from(f"{order}i", header)[0]
            if size == 348:
                return _first_version(header, order)
            if size == 540:
                return _second_version(header, order)
        except (struct.error, ValueError, OverflowError):
            return None
    return None


def _first_version(header: bytes, order: str) -> NiftiHeader:
    dims = struct.unpack_from(f"{order}8h", header, 40)
    bits = struct.unpack_from(f"{order}h", header, 72)[0]
    pixdim = struct.unpack_from(f"{order}8f", header, 76)
    start = struct.unpack_from(f"{order}f", header, 108)[0]
    q_code, s_code = struct.unpack_from(f"{order}2h", header, 252)
    if header[344:347] not in (b"n+1", b"ni1"):  # ANALYZE, which has other words there
        q_code = s_code = 0
    quatern = struct.unpack_from(f"{order}6f", header, 256)
    rows = struct.unpack_from(f"{order}12f", header, 280)
    return _header(dims, bits, start, header[123], pixdim, (q_code, quatern), (s_code, rows))


def _second_version(header: bytes, order: str) -> NiftiHeader:
    dims = struct.unpack_from(f"{order}8q", header, 16)
    bits = struct.unpack_from(f"{order}h", header, 14)[0]
    pixdim = struct.unpack_from(f"{order}8d", header, 104)
    start = struct.unpack_from(f"{order}q", header, 168)[0]
    q_code, s_code = struct.unpack_from(f"{order}2i", header, 344)
    quatern = struct.unpack_from(f"{order}6d", header, 352)
    rows = struct.unpack_from(f"{order}12d", header, 400)
    units = struct.unpack_from(f"{order}i", header, 500)[0]
    return _header(dims, bits, start, units, pixdim, (q_code, quatern), (s_code, rows))


def _header(
    dims: tuple, bits: int, start: float, units: int, pixdim: tuple, qform: tuple, sform: tuple
) -> NiftiHeader:
    voxels = int(np.prod([max(int(n), 1) for n in dims[1 : 1 + max(min(dims[0], 7), 0)]]))
    scale = np.diag([MM_OF_UNIT.get(units & 7, 1.0)] * 3 + [1.0])
    placed: list[Matrix | None] = [
        scale @ _from_quaternion(qform[1], pixdim) if qform[0] > 0 else None,
        scale @ np.vstack([np.reshape(sform[1], (3, 4)), (0, 0, 0, 1)]) if sform[0] > 0 else None,
    ]
    return NiftiHeader(int(start) + voxels * bits // 8, *placed)


def _from_quaternion(values: tuple, pixdim: tuple) -> Matrix:
    """Return NIfTI's method 2: a rotation by a unit quaternion, then spacing and offset."""
    b, c, d = values[:3]
    a = np.sqrt(max(0.0, 1.0 - b * b - c * c - d * d))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * (pixdim[1], pixdim[2], pixdim[3] * (-1 if pixdim[0] < 0 else 1))
    matrix[:3, 3] = values[3:]
    return matrix
