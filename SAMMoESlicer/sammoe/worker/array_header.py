"""How one array of a frame is described in the frame's header, and what of it is believed."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ProtocolError
from .protocol import MAX_BODY_BYTES, MAX_DIMENSIONS

_NUMBER_KINDS = "biuf"


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
        if self.dtype.kind not in _NUMBER_KINDS:
            raise ProtocolError(f"an array of {self.dtype} does not travel")
        sizes = (*self.shape, self.stored)
        if len(self.shape) > MAX_DIMENSIONS or not all(_is_size(size) for size in sizes):
            raise ProtocolError(f"an array of shape {self.shape} does not travel")
        if max(self.plain_bytes, self.stored) > MAX_BODY_BYTES:
            raise ProtocolError(f"an array of {self.plain_bytes} bytes is too large to travel")
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
            dtype, compressed = np.dtype(str(item["dtype"])), bool(item["compressed"])
            return cls(dtype, tuple(item["shape"]), item["stored"], compressed, segment)
        except (TypeError, ValueError, KeyError) as error:
            raise ProtocolError(f"an array is described by {str(item)[:120]}") from error


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
