"""Large arrays between two processes of one machine, without a copy through the pipe.

A segment has a name only while it is handed over: the sender creates it, the receiver maps it,
checks size and nonce, and removes the name at once. So nothing is left behind whoever dies
later, and what the receiver maps lives as long as its array. `multiprocessing.shared_memory` is
not used because up to Python 3.12 both sides register a segment with a tracker process of their
own, and because writing past a full `/dev/shm` (64 MB in many containers) kills the process
there instead of raising.

Linux keeps segments in `/dev/shm`, Windows in named memory of the paging file; elsewhere
`create_segment` says that it cannot, and arrays travel in the frame.
"""

import itertools
import mmap
import os
import re
import secrets
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ProtocolError
from .protocol import MAX_BODY_BYTES, NONCE_BYTES, SEGMENT_PREAMBLE_BYTES

_FOLDER = Path("/dev/shm")  # memory, not a temporary folder
_NAME = re.compile(r"sammoe-[0-9a-f]{16}-\d+")


@dataclass(eq=False)
class Segment:
    """A segment on its way: what the receiver needs to map it, and the sender's hold on it.

    Attributes:
        name: Of the pattern `<prefix>-<number>`.
        nonce: Hexadecimal, also the segment's first bytes.
        size: Bytes of the array behind the preamble.
    """

    name: str
    nonce: str
    size: int
    mapping: mmap.mmap | None = None

    def release(self) -> None:
        """Give up the name and the sender's mapping; what a receiver mapped stays."""
        if self.mapping is not None:
            self.mapping.close()
            self.mapping = None
        remove_name(self.name)


def create_segment(content: NDArray[np.uint8], name: str) -> Segment | None:
    """Put bytes (N,) into a new segment; None where memory cannot be shared or there is none."""
    segment = Segment(name, secrets.token_hex(NONCE_BYTES), content.size)
    preamble = bytes.fromhex(segment.nonce).ljust(SEGMENT_PREAMBLE_BYTES, b"\0")
    try:
        if sys.platform == "win32":
            segment.mapping = mmap.mmap(-1, len(preamble) + content.size, tagname=name)
            segment.mapping.write(preamble)
            segment.mapping.write(content.data)
        else:
            _write_file(_FOLDER / name, preamble, content)
    except OSError:  # none on this system, or full
        return None
    return segment


def attach_segment(name: str, nonce: str, size: int) -> NDArray[np.uint8]:
    """Map a segment read-only and remove its name; returns its bytes, shape (size,).

    Raises:
        ProtocolError: Not a name of ours, not there (another host), or not the one announced.
    """
    if not _NAME.fullmatch(name) or not 0 <= size <= MAX_BODY_BYTES:
        raise ProtocolError(f"a segment of {size} bytes named {name[:60]!r} cannot be ours")
    total = SEGMENT_PREAMBLE_BYTES + size
    try:
        if sys.platform == "win32":
            mapping = mmap.mmap(-1, total, tagname=name, access=mmap.ACCESS_READ)
        else:
            mapping = _map_file(_FOLDER / name, total)
    except (OSError, ValueError) as error:
        raise ProtocolError(f"the shared memory {name} cannot be mapped: {error}") from error
    if mapping[:NONCE_BYTES].hex() != nonce:
        raise ProtocolError(f"the shared memory {name} is not the one that was announced")
    remove_name(name)
    return np.frombuffer(mapping, dtype=np.uint8, offset=SEGMENT_PREAMBLE_BYTES)


def remove_name(name: str) -> None:
    """Remove a segment's name where names are files; one that is gone already is fine."""
    if sys.platform != "win32":
        (_FOLDER / name).unlink(missing_ok=True)


def remove_names(prefix: str) -> None:
    """Remove whatever a client that died left of its segments."""
    if sys.platform != "win32" and _NAME.fullmatch(f"{prefix}-0") and _FOLDER.is_dir():
        for path in _FOLDER.glob(f"{prefix}-*"):
            path.unlink(missing_ok=True)


def _write_file(path: Path, preamble: bytes, content: NDArray[np.uint8]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            for part in (memoryview(preamble), content.data):
                while part:
                    part = part[file.write(part) :]
    except OSError:
        path.unlink()
        raise


def _map_file(path: Path, total: int) -> mmap.mmap:
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        if os.fstat(file.fileno()).st_size != total:
            raise ValueError(f"it does not have {total} bytes")
        return mmap.mmap(file.fileno(), total, access=mmap.ACCESS_READ)


class SegmentStore:
    """The segments one client has on their way, by the request that carries them.

    Thread-safe; one store for each worker process.
    """

    def __init__(self) -> None:
        self.prefix = f"sammoe-{secrets.token_hex(8)}"
        self._numbers = itertools.count()
        self._segments: dict[int | None, list[Segment]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def add(self, id: int | None, content: NDArray[np.uint8]) -> Segment | None:
        """Put bytes (N,) into a segment of request `id`; None where that is not possible."""
        with self._lock:
            if self._closed:
                return None
            segment = create_segment(content, f"{self.prefix}-{next(self._numbers)}")
            if segment is not None:
                self._segments.setdefault(id, []).append(segment)
            return segment

    def release(self, id: int | None) -> None:
        """Let go of the segments of a request: they were mapped, or never will be."""
        with self._lock:
            for segment in self._segments.pop(id, []):
                segment.release()

    def release_all(self) -> None:
        """Let go of everything and make no more."""
        with self._lock:
            self._closed = True
            for segments in self._segments.values():
                for segment in segments:
                    segment.release()
            self._segments.clear()
