"""Files dropped on the page: taken in pieces, up to a limit, kept only until they are read."""

import math
import shutil
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sammoe.errors import SAMMoEError

from .upload_home import UploadHome

MAX_UPLOAD_BYTES = 1 << 30
MAX_FILES = 4000
"""A DICOM series of the whole body has about 2,000 slices."""
IMAGE_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".mha")
ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar")
LONGEST_NAME = 40
"""Characters of a file's name, its last ones, that it keeps here: with a number before it, a name
that just fits on the user's disk would not fit on this one."""


class UploadError(SAMMoEError):
    """What was dropped cannot be taken."""


@dataclass
class _Upload:
    size: int
    names: list[str]
    dropped_folder: str
    folder: Path
    received: int = 0
    request: int = 0
    is_taken: bool = False
    heard_s: float = field(default_factory=time.monotonic)

    @property
    def images(self) -> list[int]:
        """Numbers of the files that are a scan each."""
        return [index for index, name in enumerate(self.names) if _is_image(name)]

    def path(self, index: int) -> Path:
        """Return where a file lies: an image under its own name, slices beside each other."""
        name = self.names[index][-LONGEST_NAME:]
        joint = "/" if _is_image(name) else "_"
        return self.folder / f"{index:05d}{joint}{name}"


class Uploads:
    """What arrives, each upload with an id and a folder of its own.

    Whoever reads one upload is not disturbed by the next.

    Args:
        max_bytes: More than this is refused before anything is sent.
        home: Where they lie; None: a folder that is made for them.
    """

    def __init__(
        self, *, max_bytes: int = MAX_UPLOAD_BYTES, home: UploadHome | None = None
    ) -> None:
        self._home = home or UploadHome()
        self._max_bytes = max_bytes
        self._ids = count(1)
        self._uploads: dict[int, _Upload] = {}

    def begin(self, files: list[tuple[str, int]], *, dropped_folder: str = "") -> int:
        """Expect these files, each with name and size in bytes; returns the upload's id.

        Args:
            files: All of the upload.
            dropped_folder: The folder they come from, as far as the browser tells it.

        Raises:
            UploadError: Too large, too many, or nothing that could be a scan.
        """
        size = sum(bytes_ for _name, bytes_ in files)
        names = [Path(name).name for name, _bytes in files]
        if not files or size == 0:
            raise UploadError("there is nothing in what was dropped; drop a file with a scan")
        if all(name.lower().endswith(ARCHIVE_ENDINGS) for name in names):
            raise UploadError(
                f"{names[0]} is an archive; unpack it, and drop the scan that is in it"
            )
        if len(files) > MAX_FILES:
            raise UploadError(
                f"{len(files)} files are too many (at most {MAX_FILES}); drop one series at a time"
            )
        if size > self._max_bytes:
            raise UploadError(
                f"{size / 1e6:,.0f} MB are too large (at most {self._max_bytes / 1e6:,.0f} MB); "
                "start the server with the scan's path instead: sammoe web SCAN"
            )
        upload = next(self._ids)
        folder = self._home.new_folder()
        self._uploads[upload] = _Upload(size, names, Path(dropped_folder).name, folder)
        return upload

    def name(self, upload: int) -> str:
        """Return what the scan is called: a file's name, or for slices that of their folder."""
        begun = self._uploads[upload]
        images = begun.images
        named = [begun.names[index] for index in images] if len(images) == 1 else begun.names
        if len(named) == 1:
            return named[0]
        return begun.dropped_folder or f"{len(named)} files"

    def prefer(self, upload: int, request: int) -> None:
        """Let a request wait for this upload; others that are still arriving are given up."""
        self.give_up(but=upload)
        self._uploads[upload].request = request

    def give_up(self, *, but: int | None = None) -> None:
        """End what is still arriving, but this upload."""
        for other, begun in tuple(self._uploads.items()):
            if other != but and not begun.is_taken:
                self.end(other)

    def progress(self, request: int) -> float | None:
        """Return how much of what a request waits for has arrived, 0 to 1; None: it is there."""
        for begun in self._uploads.values():
            if begun.request == request and not begun.is_taken:
                return begun.received / begun.size
        return None

    def accepts(self, upload: int) -> bool:
        """Say whether an upload is still wanted."""
        return upload in self._uploads

    def silent_s(self, upload: int) -> float:
        """Return for how long nothing of an upload has come, seconds; infinite: it is over."""
        begun = self._uploads.get(upload)
        return math.inf if begun is None else time.monotonic() - begun.heard_s

    def add(self, upload: int, index: int, piece: bytes) -> None:
        """Append a piece to a file.

        Raises:
            UploadError: It was not announced, or more comes than was announced, or the server has
                no room for it.
        """
        begun = self._uploads.get(upload)
        if begun is None or not 0 <= index < len(begun.names) or not isinstance(piece, bytes):
            raise UploadError("this file was not announced; drop it again")
        begun.heard_s = time.monotonic()
        begun.received += len(piece)
        if begun.received > begun.size:
            self.end(upload)
            raise UploadError("more came than was announced; drop it again")
        path = begun.path(index)
        try:
            path.parent.mkdir(exist_ok=True)
            with path.open("ab") as stream:
                stream.write(piece)
        except OSError as error:
            raise UploadError(
                f"{self.name(upload)} cannot be kept on the server ({error.strerror}); "
                "make room in its folder for temporary files"
            ) from error

    def take(self, upload: int) -> Path:
        """Return what arrived, a single file or a folder of DICOM slices, there until `end`.

        Raises:
            UploadError: Not everything arrived, or several images.
        """
        begun = self._uploads.get(upload)
        if begun is None or begun.received != begun.size:
            raise UploadError("not everything has arrived; drop it again")
        if len(begun.images) > 1:
            raise UploadError("these are several scans; drop one at a time")
        begun.is_taken = True
        single = begun.images or ([0] if len(begun.names) == 1 else [])
        return begun.path(single[0]) if single else begun.folder

    def end(self, upload: int) -> None:
        """Delete an upload with what has arrived."""
        begun = self._uploads.pop(upload, None)
        if begun is not None:
            shutil.rmtree(begun.folder, ignore_errors=True)

    def close(self) -> None:
        """Delete all uploads."""
        for upload in tuple(self._uploads):
            self.end(upload)
        self._home.close()


def _is_image(name: str) -> bool:
    return name.lower().endswith(IMAGE_ENDINGS)
