"""How one array of a frame is described in the frame's header, and what of it is believed."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ProtocolError
from .protocol import MAX_BODY_BYTES, MAX_DIMENSIONS

_NUMBERS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
DTYPES = {
    dtype.str: dtype for order in "<>" for dtype in map(np.dtype, map(order.__add__, _NUMBERS))
}
"""Every type that travels, by its name in a header; numpy parses no text of the other side."""


@dataclass(frozen=True)
class ArrayHeader:
    """One array's description.

    Attributes:
        dtype: bool arrays are stored as packed bits.
        shape: As in numpy, C order.
        stored: Bytes it takes in the frame's body; 0 in a segment.
        compressed: zlib, in the body only.
        segment: Name and nonce of the shared segment that holds it, or None.

    Raises:
        ProtocolError: Not numbers, too large, or sizes that contradict each other.
    """

    dtype: np.dtype
    shape: tuple[int, ...]
    stored: int
    compressed: bool = False
    segment: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if self.dtype.str not in DTYPES:
            raise ProtocolError(f"an array of {self.dtype} does not travel")
        sizes = (*self.shape, self.stored)
        if len(self.shape) > MAX_DIMENSIONS or not all(_is_size(size) for size in sizes):
            raise ProtocolError(f"an array of shape {str(self.shape)[:60]} does not travel")
        extent_bytes = math.prod(max(side, 1) for side in self.shape) * self.dtype.itemsize
        if max(extent_bytes, self.stored) > MAX_BODY_BYTES:
            raise ProtocolError(f"an array of shape {self.shape} is too large to travel")
        expected = 0 if self.segment else self.stored if self.compressed else self.plain_bytes
        if self.stored != expected:
            raise ProtocolError(f"an array takes {self.stored} bytes, expected {expected}")

    @property
    def count(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def plain_bytes(self) -> int:
        """Bytes of the array as it is stored when neither compressed nor shared."""
        return -(-self.count // 8) if self.dtype == bool else self.count * self.dtype.itemsize

    def to_json(self) -> dict[str, Any]:
        """Return the description as it stands in a header."""
        return {
            "dtype": self.dtype.str,
            "shape": self.shape,
            "stored": self.stored,
            "compressed": self.compressed,
            "segment": self.segment,
        }

    @property
    def memory_bytes(self) -> int:
        """Bytes of the array once it has been read."""
        return self.count * self.dtype.itemsize

    @classmethod
    def from_json(cls, item: Any) -> "ArrayHeader":
        """Read a description.

        Raises:
            ProtocolError: It is incomplete or makes no sense.
        """
        try:
            segment = item["segment"]
            if segment is not None:
                name, nonce = segment
                segment = (str(name), str(nonce))
            dtype, compressed = DTYPES[item["dtype"]], item["compressed"] is True
            return cls(dtype, tuple(item["shape"]), item["stored"], compressed, segment)
        except (TypeError, ValueError, KeyError) as error:
            raise ProtocolError(f"an array is described by {str(item)[:120]}") from error


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
