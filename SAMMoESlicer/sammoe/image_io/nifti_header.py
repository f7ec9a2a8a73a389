"""The header of a NIfTI file, of the first or second version, or of ANALYZE."""

import struct
from dataclasses import dataclass
from math import prod

import numpy as np

from ..geometry import Matrix

HEADER_BYTES = 540
FLOATS = {16: "f4", 64: "f8"}
MM_OF_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}


@dataclass(frozen=True, eq=False)
class NiftiHeader:
    """What is checked against the file, and against what ITK makes of it.

    Attributes:
        start: Where the voxels begin, in bytes.
        voxels: How many numbers there are.
        bits: Of each.
        floats: Their type where they are floats; None: whole numbers or something else.
        qform: (4, 4) index to RAS mm; None: the file gives none.
        sform: Likewise; may be sheared.
    """

    start: int
    voxels: int
    bits: int
    floats: np.dtype | None
    qform: Matrix | None
    sform: Matrix | None

    @property
    def least_bytes(self) -> int:
        """Where the voxels end."""
        return self.start + self.voxels * self.bits // 8


def parse_nifti_header(header: bytes) -> NiftiHeader | None:
    """Return what the first bytes of a file say; None: they are no NIfTI's."""
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
    datatype = struct.unpack_from(f"{order}2h", header, 70)
    pixdim = struct.unpack_from(f"{order}8f", header, 76)
    start = struct.unpack_from(f"{order}f", header, 108)[0]
    q_code, s_code = struct.unpack_from(f"{order}2h", header, 252)
    if header[344:347] not in (b"n+1", b"ni1"):  # ANALYZE, which has other words there
        q_code = s_code = 0
    quatern = struct.unpack_from(f"{order}6f", header, 256)
    rows = struct.unpack_from(f"{order}12f", header, 280)
    forms = (q_code, quatern), (s_code, rows)
    return _header(order, dims, datatype, start, header[123], pixdim, *forms)


def _second_version(header: bytes, order: str) -> NiftiHeader:
    dims = struct.unpack_from(f"{order}8q", header, 16)
    datatype = struct.unpack_from(f"{order}2h", header, 12)
    pixdim = struct.unpack_from(f"{order}8d", header, 104)
    start = struct.unpack_from(f"{order}q", header, 168)[0]
    q_code, s_code = struct.unpack_from(f"{order}2i", header, 344)
    quatern = struct.unpack_from(f"{order}6d", header, 352)
    rows = struct.unpack_from(f"{order}12d", header, 400)
    units = struct.unpack_from(f"{order}i", header, 500)[0]
    forms = (q_code, quatern), (s_code, rows)
    return _header(order, dims, datatype, start, units, pixdim, *forms)


def _header(
    order: str,
    dims: tuple,
    datatype: tuple,
    start: float,
    units: int,
    pixdim: tuple,
    qform: tuple,
    sform: tuple,
) -> NiftiHeader:
    voxels = prod(max(int(n), 1) for n in dims[1 : 1 + max(min(dims[0], 7), 0)])
    scale = np.diag([MM_OF_UNIT.get(units & 7, 1.0)] * 3 + [1.0])
    placed: list[Matrix | None] = [
        scale @ _from_quaternion(qform[1], pixdim) if qform[0] > 0 else None,
        scale @ np.vstack([np.reshape(sform[1], (3, 4)), (0, 0, 0, 1)]) if sform[0] > 0 else None,
    ]
    floats = np.dtype(order + FLOATS[datatype[0]]) if datatype[0] in FLOATS else None
    return NiftiHeader(int(start), voxels, datatype[1], floats, *placed)


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
