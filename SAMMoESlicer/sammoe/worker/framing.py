"""Length-prefixed frames on a byte stream: a JSON header, then raw arrays.

    4 bytes magic | uint32 header length | uint64 body length | header | body      (little-endian)

The header's `arrays` describes each array: numpy type, shape, the bytes it takes in the body, and
how it is stored there: as it is, as packed bits (bool), compressed, or not at all because it lies
in a shared segment. Every length is checked before anything is allocated for it.
"""

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ProtocolError
from .array_header import ArrayHeader
from .protocol import (
    MAGIC,
    MAX_ARRAYS,
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    MAX_INFLATED_BYTES,
    SHARE_FROM_BYTES,
)
from .shared_volume import Segment, attach_segment

_PREFIX = struct.Struct("<4sIQ")

Share = Callable[[NDArray[np.uint8]], Segment | None]
"""Puts bytes into a segment, or returns None: they travel in the frame."""


class ReadableStream(Protocol):
    """A binary stream one can read from."""

    def readinto(self, buffer: Any, /) -> int | None:
        """Fill `buffer` as far as bytes are there; 0 at the end."""


class WritableStream(Protocol):
    """A binary stream one can write to."""

    def write(self, buffer: Any, /) -> int | None:
        """Write some of `buffer` and return how many bytes."""


class UnattachableError(ProtocolError):
    """An array lies in shared memory that this process cannot map."""


def write_frame(
    stream: WritableStream,
    header: dict[str, Any],
    arrays: Sequence[NDArray] = (),
    *,
    compress: bool = False,
    share: Share | None = None,
) -> None:
    """Write one frame.

    Raises:
        ProtocolError: More arrays or bytes than a frame may carry, arrays of no number type, or a
            header that is no JSON; nothing was written.
        OSError: The stream broke.
    """
    stored = []
    may_inflate = MAX_INFLATED_BYTES if compress else -1
    for array in arrays:
        stored.append(_store(array, compress=array.nbytes <= may_inflate, share=share))
        may_inflate -= array.nbytes if stored[-1][0].compressed else 0
    described = [array_header.to_json() for array_header, _ in stored]
    text = _header_text({**header, "arrays": described})
    body_bytes = sum(len(part) for _, part in stored)
    _check_lengths(len(text), body_bytes, len(stored))
    _write_all(stream, memoryview(_PREFIX.pack(MAGIC, len(text), body_bytes) + text))
    for _, part in stored:
        _write_all(stream, part)


def read_frame(stream: ReadableStream) -> tuple[dict[str, Any], list[NDArray]] | None:
    """Read one frame as header and arrays; None where the stream ended between two.

    Raises:
        UnattachableError: An array lies in shared memory that cannot be mapped here.
        ProtocolError: The stream carries something else than frames, or ended inside one.
    """
    prefix = _read(stream, _PREFIX.size, may_end=True)
    if prefix.size == 0:
        return None
    magic, header_bytes, body_bytes = _PREFIX.unpack(prefix.tobytes())
    if magic != MAGIC:
        raise ProtocolError(
            f"expected a frame, got {prefix.tobytes()!r}; whatever else prints to the worker's "
            "standard output (a shell's start-up file on a remote host?) has to be silent"
        )
    _check_lengths(header_bytes, body_bytes, 0)
    header = _parse(_read(stream, header_bytes).tobytes())
    described = header.pop("arrays", None)
    if not isinstance(described, list) or len(described) > MAX_ARRAYS:
        raise ProtocolError("a frame's header does not list its arrays")
    array_headers = [ArrayHeader.from_json(item) for item in described]
    if sum(array_header.stored for array_header in array_headers) != body_bytes:
        raise ProtocolError("a frame's arrays do not fill its body")
    _check_memory(array_headers)
    return header, [_restore(stream, array_header) for array_header in array_headers]


def _store(
    array: NDArray, *, compress: bool, share: Share | None
) -> tuple[ArrayHeader, memoryview]:
    content = _as_bytes(array)
    segment = share(content) if share is not None and content.size >= SHARE_FROM_BYTES else None
    if segment is not None:
        header = ArrayHeader(array.dtype, array.shape, 0, segment=(segment.name, segment.nonce))
        return header, memoryview(b"")
    part = content.data
    if compress:
        part = memoryview(_deflate(content, array.dtype.itemsize))
    return ArrayHeader(array.dtype, array.shape, len(part), compressed=compress), part


def _as_bytes(array: NDArray) -> NDArray[np.uint8]:
    flat = np.ascontiguousarray(array).reshape(-1)
    return np.packbits(flat) if array.dtype == bool else flat.view(np.uint8)


def _restore(stream: ReadableStream, header: ArrayHeader) -> NDArray:
    if header.segment is not None:
        content = _attach(*header.segment, header.plain_bytes)
    else:
        content = _read(stream, header.stored)
        if header.compressed:
            content = _inflate(content, header.plain_bytes, header.dtype.itemsize)
    if header.dtype == bool:
        return np.unpackbits(content, count=header.count).view(bool).reshape(header.shape)
    return content.view(header.dtype).reshape(header.shape)


def _attach(name: str, nonce: str, size: int) -> NDArray[np.uint8]:
    try:
        return attach_segment(name, nonce, size)
    except ProtocolError as error:
        raise UnattachableError(str(error)) from error


def _deflate(content: NDArray[np.uint8], item_bytes: int) -> bytes:
    """Compress all first bytes of the items, then all second ones, and so on.

    Grey values vary in their low byte; run-length coding of such planes makes a CT smaller than
    plain deflate does, in 40 % of the time.
    """
    planes = np.ascontiguousarray(content.reshape(-1, item_bytes).T).reshape(-1)
    deflater = zlib.compressobj(level=1, strategy=zlib.Z_RLE)
    return deflater.compress(planes.data) + deflater.flush()


def _inflate(content: NDArray[np.uint8], size: int, item_bytes: int) -> NDArray[np.uint8]:
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(content.data, size + 1)
    except (zlib.error, MemoryError) as error:
        raise ProtocolError(f"a compressed array is damaged: {error}") from error
    if len(plain) != size:
        raise ProtocolError("a compressed array does not have the size its header says")
    planes = np.frombuffer(plain, dtype=np.uint8).reshape(item_bytes, size // item_bytes)
    return np.ascontiguousarray(planes.T).reshape(-1)


def _check_lengths(header_bytes: int, body_bytes: int, num_arrays: int) -> None:
    if header_bytes > MAX_HEADER_BYTES or num_arrays > MAX_ARRAYS:
        raise ProtocolError(f"a header of {header_bytes} bytes is more than a frame may carry")
    if body_bytes > MAX_BODY_BYTES:
        raise ProtocolError(f"a body of {body_bytes} bytes is more than a frame may carry")


def _check_memory(array_headers: Sequence[ArrayHeader]) -> None:
    inflated = sum(header.memory_bytes for header in array_headers if header.compressed)
    if inflated > MAX_INFLATED_BYTES:
        raise ProtocolError(f"{inflated} bytes are more than a frame may inflate to")
    if sum(header.memory_bytes for header in array_headers) > MAX_BODY_BYTES:
        raise ProtocolError("a frame's arrays are too large to travel")


def _header_text(header: dict[str, Any]) -> bytes:
    try:
        return json.dumps(header).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ProtocolError(f"a frame's header does not travel: {error}") from error


def _parse(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a frame's header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise ProtocolError("a frame's header is not a JSON object")
    return header


def _read(stream: ReadableStream, size: int, *, may_end: bool = False) -> NDArray[np.uint8]:
    try:
        content = np.empty(size, dtype=np.uint8)
    except MemoryError as error:
        raise ProtocolError(f"no memory for a frame's {size} bytes") from error
    done = 0
    while done < size:
        count = stream.readinto(content.data[done:])
        if not count:
            if may_end and done == 0:
                return content[:0]
            raise ProtocolError("the stream ended in the middle of a frame")
        done += count
    return content


def _write_all(stream: WritableStream, part: memoryview) -> None:
    while part:
        part = part[stream.write(part) or 0 :]
