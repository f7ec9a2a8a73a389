"""Files dropped on the page: taken in pieces, up to a limit, kept only until they are read."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from sammoe.errors import SAMMoEError

MAX_UPLOAD_BYTES = 1 << 30
MAX_FILES = 4000
"""A DICOM series of the whole body has about 2,000 slices."""
IMAGE_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".mha")


class UploadError(SAMMoEError):
    """What was dropped cannot be taken."""


@dataclass
class _Upload:
    folder: Path
    size: int
    names: list[str]
    received: int = field(default=0)


class Uploads:
    """One upload at a time.

    Args:
        max_bytes: More than this is refused before anything is sent.
    """

    def __init__(self, *, max_bytes: int = MAX_UPLOAD_BYTES) -> None:
        self._max_bytes = max_bytes
        self._upload: _Upload | None = None

    @property
    def name(self) -> str:
        """What is arriving: the file's name, or how many files there are; empty: nothing is."""
        if self._upload is None:
            return ""
        names = self._upload.names
        return names[0].partition("_")[2] if len(names) == 1 else f"{len(names)} files"

    @property
    def progress(self) -> float:
        """How much has arrived, 0 to 1."""
        return self._upload.received / self._upload.size if self._upload else 0.0

    def begin(self, files: list[tuple[str, int]]) -> None:
        """Expect these files, each with name and size in bytes.

        Raises:
            UploadError: Too large, too many, or nothing that could be a scan.
        """
        self.end()
        size = sum(bytes_ for _name, bytes_ in files)
        names = [f"{n:05d}_{Path(name).name}" for n, (name, _bytes) in enumerate(files)]
        if not files or size == 0:
            raise UploadError("there is nothing in what was dropped; drop a file with a scan")
        if len(files) > MAX_FILES:
            raise UploadError(
                f"{len(files)} files are too many (at most {MAX_FILES}); drop one series at a time"
            )
        if size > self._max_bytes:
            raise UploadError(
                f"{size / 1e6:,.0f} MB are too large (at most {self._max_bytes / 1e6:,.0f} MB); "
                "start the server with the scan's path instead: sammoe web SCAN"
            )
        folder = Path(tempfile.mkdtemp(prefix="sammoe-upload-"))
        self._upload = _Upload(folder, size, names)

    def add(self, index: int, piece: bytes) -> None:
        """Append a piece to a file.

        Raises:
            UploadError: It was not announced, or more comes than was announced.
        """
        upload = self._upload
        if upload is None or not 0 <= index < len(upload.names) or not isinstance(piece, bytes):
            raise UploadError("this file was not announced; drop it again")
        upload.received += len(piece)
        if upload.received > upload.size:
            self.end()
            raise UploadError("more came than was announced; drop it again")
        with (upload.folder / upload.names[index]).open("ab") as stream:
            stream.write(piece)

    def take(self) -> Path:
        """Return what arrived: an image file, or a folder of DICOM slices.

        Raises:
            UploadError: Not everything arrived, or several images.
        """
        upload = self._upload
        if upload is None or upload.received != upload.size:
            raise UploadError("not everything has arrived; drop it again")
        images = [name for name in upload.names if name.lower().endswith(IMAGE_ENDINGS)]
        if len(images) > 1:
            raise UploadError("these are several scans; drop one at a time")
        return upload.folder / images[0] if images else upload.folder

    def end(self) -> None:
        """Delete what has arrived."""
        if self._upload is not None:
            shutil.rmtree(self._upload.folder, ignore_errors=True)
        self._upload = None
