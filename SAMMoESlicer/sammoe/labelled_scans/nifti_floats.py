"""Find NaN in NIfTI files, where the usual readers silently turn it into 0."""

import gzip
import struct
from pathlib import Path

import numpy as np

_FLOATS = {16: "f4", 64: "f8"}
_CHUNK_VOXELS = 1 << 20


def count_not_finite(path: Path) -> int:
    """Return how many voxels of a NIfTI file are NaN or infinite; 0 for any other file."""
    if not path.name.lower().endswith((".nii", ".nii.gz")):
        return 0
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as stream:
            layout = _float_layout(stream.read(348))
            if layout is None:
                return 0
            kind, start = layout
            stream.seek(start)
            count = 0
            while block := stream.read(_CHUNK_VOXELS * kind.itemsize):
                whole = len(block) // kind.itemsize * kind.itemsize
                values = np.frombuffer(block[:whole], kind)
                count += int(values.size - np.isfinite(values).sum())
            return count
    except (OSError, EOFError, struct.error):
        return 0  # the reader says what is wrong with the file


def _float_layout(header: bytes) -> tuple[np.dtype, int] | None:
    """Return type and offset of the voxels if they are floats; first or second NIfTI version."""
    for order in "<>":
        size = struct.unpack_from(f"{order}i", header)[0]
        if size == 348:
            code = struct.unpack_from(f"{order}h", header, 70)[0]
            offset = int(struct.unpack_from(f"{order}f", header, 108)[0])
        elif size == 540:
            code = struct.unpack_from(f"{order}h", header, 12)[0]
            offset = struct.unpack_from(f"{order}q", header, 168)[0]
        else:
            continue
        return (np.dtype(order + _FLOATS[code]), offset) if code in _FLOATS else None
    return None
