"""Downloads and installs models in the background, one at a time."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from sammoe.errors import WorkerError

from .Job import Job
from .Signal import Signal


@dataclass(frozen=True)
class Checkpoint:
    """Weights published by others, as `Resources/Checkpoints.json` lists them."""

    name: str
    file: str
    url: str
    size_mb: int
    license: str
    license_url: str
    about: str
    sha256: str = ""
    size_bytes: int = 0

    @classmethod
    def readAll(cls, path: Path) -> dict[str, "Checkpoint"]:
        """Return all of a file, by id."""
        values = json.loads(path.read_text("utf-8"))
        return {id: cls(**value) for id, value in values.items()}


class ModelInstaller:
    """Polled; says how far it is, then `installed`, `failed` or `stopped`.

    Signals:
        changed(): It began, went on or ended.
        installed(folder): A model is in the library.
        failed(message): Why it is not.
        stopped(): What was under way will not be installed; somebody stopped it.

    Args:
        library: Where models are installed, a folder each.
        downloads: Where downloaded files are kept; a stopped download goes on from there.

    Attributes:
        progress: 0 to 1 while something arrives, otherwise None.
    """

    def __init__(self, library: Path, downloads: Path) -> None:
        self.changed, self.installed = Signal(), Signal()
        self.failed, self.stopped = Signal(), Signal()
        self.progress: float | None = None
        self._library = library
        self._downloads = downloads
        self._job: Job | None = None
        self._downloaded: Path | None = None  # while it arrives
        self._unproven: Path | None = None  # while it is seen whether it can be installed
        self._isPinned = False

    @property
    def isBusy(self) -> bool:
        """Say whether something is under way."""
        return self._job is not None

    @property
    def hasDownloads(self) -> bool:
        """Say whether downloaded files take space."""
        return self._downloads.is_dir() and any(self._downloads.iterdir())

    def hasPart(self, checkpoint: Checkpoint) -> bool:
        """Say whether a download was stopped in the middle."""
        return (self._downloads / f"{checkpoint.file}.part").exists()

    def download(self, checkpoint: Checkpoint) -> None:
        """Get the weights, or the rest of them, and install them.

        Weights whose hash nobody has published are kept only if they can be installed.
        """
        path = self._downloads / checkpoint.file
        if path.exists() and not checkpoint.sha256:
            self.install(path)
            self._unproven = path
            return
        check = [f"--sha256={checkpoint.sha256}"] if checkpoint.sha256 else []
        check += [f"--size={checkpoint.size_bytes}"] if checkpoint.size_bytes else []
        self._start("download", checkpoint.url, str(path), *check)
        if self._job is not None:
            self._downloaded = path
            self._isPinned = bool(checkpoint.sha256)

    def install(self, source: Path) -> None:
        """Install a bundle's folder, a zip of one or a `.pth`."""
        self._start("install", str(source), str(self._library))

    def cancel(self) -> None:
        """Stop; what has arrived stays."""
        if self._job is not None:
            self._job.cancel()
            self._end()
            self.stopped.emit()

    def removeDownloads(self) -> None:
        """Delete every downloaded file; installed models stay."""
        self.cancel()
        shutil.rmtree(self._downloads, ignore_errors=True)
        self.changed.emit()

    def poll(self) -> None:
        """Look how far it is; never waits."""
        job = self._job
        if job is None:
            return
        hasEnded, line = job.poll(), job.lastLine()
        if not hasEnded:
            self._showProgress(line)
            return
        downloaded, unproven = self._downloaded, self._unproven
        self._end()
        if job.code != 0:
            self._fail(line or f"it ended with exit status {job.code}", unproven)
        elif downloaded is not None:
            self.install(downloaded)
            self._unproven = None if self._isPinned else downloaded
        else:
            self.installed.emit(Path(line))

    def _fail(self, line: str, unproven: Path | None) -> None:
        message = re.sub(r"^sammoe \w+: ", "", line)
        if unproven is not None:
            unproven.unlink(missing_ok=True)
            message += "; the downloaded file was removed, try again"
        self.failed.emit(message)

    def _start(self, *arguments: str) -> None:
        self.cancel()
        try:
            self._job = Job(*arguments)
        except WorkerError as error:
            self.failed.emit(str(error))
        self.changed.emit()

    def _showProgress(self, line: str) -> None:
        received, _space, total = line.partition(" ")
        if self._downloaded is None or not (received.isdigit() and total.isdigit()):
            return
        progress = int(received) / max(int(total), 1)
        if progress != self.progress:
            self.progress = progress
            self.changed.emit()

    def _end(self) -> None:
        self._job = self._downloaded = self._unproven = self.progress = None
        self.changed.emit()
