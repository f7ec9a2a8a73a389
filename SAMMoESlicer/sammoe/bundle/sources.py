"""Where a bundle is installed from: a folder, or a zip of one. Only what its card lists is read."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, Self

from ..errors import CheckpointError
from ..whole_file import written_whole
from .card import CARD_FILE, BundleCard
from .reader import MAX_CARD_BYTES

MAX_FILE_BYTES, MAX_BUNDLE_BYTES = 2 << 30, 3 << 30
"""More than any model that runs on one computer; what claims or turns out to be more is refused."""
_CHUNK_BYTES = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ENCRYPTED = 0x1
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, RuntimeError, ValueError),
)
"""What `zipfile` raises on damaged files."""


class BundleSource(Protocol):
    """Gives the files of a bundle by their paths within it."""

    def read_card(self) -> bytes:
        """Return the bytes of `bundle.json`."""

    def size_of(self, file_path: str) -> int:
        """Return how many bytes a file says it has."""

    def open(self, file_path: str) -> IO[bytes]:
        """Open a file."""


class BundleFolder:
    """A bundle's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read_card(self) -> bytes:
        """Return the bytes of `bundle.json`.

        Raises:
            CheckpointError: There is none.
        """
        with self.open(CARD_FILE) as stream:
            return _read_card(stream)

    def size_of(self, file_path: str) -> int:
        """Return how many bytes a file has."""
        with self.open(file_path) as stream:
            return stream.seek(0, 2)

    def open(self, file_path: str) -> IO[bytes]:
        """Open a file.

        Raises:
            CheckpointError: It is not there, or elsewhere.
        """
        path = self._folder / file_path
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise CheckpointError(f"{file_path} points outside the bundle; do not trust it")
        if not path.is_file():
            raise CheckpointError(f"{self._folder} has no {file_path}; choose a whole bundle")
        return path.open("rb")


class ZippedBundle:
    """A zip of a bundle's folder, or of what is in it.

    Args:
        path: The zip.

    Raises:
        CheckpointError: No readable zip, or none of a single bundle.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        with self._readable():
            self._archive = zipfile.ZipFile(path)
            self._members = self._by_path()
        cards = [p for p in self._members if PurePosixPath(p).name == CARD_FILE]
        if len(cards) != 1:
            raise CheckpointError(f"{self._name} holds {len(cards)} {CARD_FILE}; it should be one")
        self._prefix = cards[0].removesuffix(CARD_FILE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._archive.close()

    def read_card(self) -> bytes:
        """Return the bytes of `bundle.json`.

        Raises:
            CheckpointError: It cannot be read.
        """
        with self._readable(), self.open(CARD_FILE) as stream:
            return _read_card(stream)

    def size_of(self, file_path: str) -> int:
        """Return how many bytes a file says it has.

        Raises:
            CheckpointError: It is not there.
        """
        return self._member(file_path).file_size

    def open(self, file_path: str) -> IO[bytes]:
        """Open a file.

        Raises:
            CheckpointError: It is not there, encrypted, or compressed in an unknown way.
        """
        member = self._member(file_path)
        if member.flag_bits & _ENCRYPTED:
            raise CheckpointError(f"{self._name} is encrypted; unpack it and choose the folder")
        if member.compress_type not in _METHODS:
            raise CheckpointError(
                f"{self._name} is compressed in a way that is not known here (method "
                f"{member.compress_type}); unpack it and choose the folder"
            )
        with self._readable():
            return self._archive.open(member)

    def _member(self, file_path: str) -> zipfile.ZipInfo:
        try:
            return self._members[self._prefix + file_path]
        except KeyError as error:
            raise CheckpointError(
                f"{self._name} has no {file_path}, which its card lists"
            ) from error

    def _by_path(self) -> dict[str, zipfile.ZipInfo]:
        """Return the files by their paths without `./`; none may point outside or occur twice."""
        members: dict[str, zipfile.ZipInfo] = {}
        for member in self._archive.infolist():
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in member.filename:
                raise CheckpointError(
                    f"{self._name}: {member.filename!r} points outside; do not trust it"
                )
            if member.is_dir() or not path.parts:
                continue
            if str(path) in members:
                raise CheckpointError(f"{self._name} holds {path} twice; do not trust it")
            members[str(path)] = member
        return members

    @contextmanager
    def _readable(self) -> Iterator[None]:
        with readable(self._name):
            yield


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Say of whatever a damaged zip raises that it is one.

    Raises:
        CheckpointError: It cannot be read.
    """
    try:
        yield
    except _DAMAGED as error:
        raise CheckpointError(f"{name} is no readable zip file: {error}") from error


def copy_files(source: BundleSource, card: BundleCard, folder: Path) -> None:
    """Copy what a card lists into a folder, but no more than a bundle may hold.

    Raises:
        CheckpointError: A file is missing, damaged or too large.
        OSError: It cannot be written.
    """
    sizes = {file_path: source.size_of(file_path) for file_path in card.files}
    for file_path, size in sizes.items():
        if size > MAX_FILE_BYTES:
            raise CheckpointError(f"{file_path} of {size} bytes is too large for a bundle")
    if sum(sizes.values()) > MAX_BUNDLE_BYTES:
        raise CheckpointError(f"{sum(sizes.values())} bytes are too many for a bundle")
    for file_path, size in sizes.items():
        target = folder / file_path
        target.parent.mkdir(parents=True, exist_ok=True)
        with readable(file_path), source.open(file_path) as stream, written_whole(target) as out:
            for chunk in _chunks(stream, size, file_path):
                out.write(chunk)


def _chunks(stream: IO[bytes], size: int, file_path: str) -> Iterator[bytes]:
    received = 0
    while chunk := stream.read(_CHUNK_BYTES):
        received += len(chunk)
        if received > size:
            raise CheckpointError(f"{file_path} is larger than it says; do not trust it")
        yield chunk


def _read_card(stream: IO[bytes]) -> bytes:
    card_bytes = stream.read(MAX_CARD_BYTES + 1)
    if len(card_bytes) > MAX_CARD_BYTES:
        raise CheckpointError(f"{CARD_FILE} is too large to be a bundle's card")
    return card_bytes
