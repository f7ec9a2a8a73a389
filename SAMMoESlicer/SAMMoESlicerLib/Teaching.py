"""Examples submitted one after the other, while the user goes on."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from sammoe.errors import SAMMoEError

from .ExampleRecord import ExampleRecord
from .ExampleStore import ExampleStore
from .ScanQueue import nextScan
from .SegmentationSession import SegmentationSession
from .Signal import Signal
from .WorkerSettings import Store

ADVISED_EXAMPLES = 8
LEAST_EXAMPLES = 2
"""One to learn from, one to measure with."""
_EXAMPLES_KEY, _SCANS_KEY = "SAMMoE/ExamplesFolder", "SAMMoE/ScansFolder"


class Teaching:
    """The user's data set folder, and the folder of scans that are worked through.

    Compressing a scan takes seconds, so examples are written by a thread; `poll` brings its end.

    Signals:
        changed(): Another folder, more examples, or something is being written.
        submitted(name, record): An example is in the folder.
        failed(message): Why it is not.

    Attributes:
        counts: How many examples there are, by structure.

    Args:
        session: Its chosen segment is submitted.
        settings: Keeps the folders.
    """

    def __init__(self, session: SegmentationSession, settings: Store) -> None:
        self.changed, self.submitted, self.failed = Signal(), Signal(), Signal()
        self.counts: dict[str, int] = {}
        self.store: ExampleStore | None = None
        self._session = session
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sammoe-examples")
        self._pending: list[tuple[str, Future[ExampleRecord]]] = []
        kept = settings.value(_EXAMPLES_KEY)
        if kept:
            self._use(Path(str(kept)))

    @property
    def isBusy(self) -> bool:
        """Say whether an example is being written."""
        return bool(self._pending)

    @property
    def scansFolder(self) -> Path | None:
        """Folder of the scans that are worked through; None where none was chosen."""
        kept = self._settings.value(_SCANS_KEY)
        return Path(str(kept)) if kept else None

    def useFolder(self, folder: Path) -> None:
        """Put examples into a folder from now on, and in later sessions."""
        self._settings.setValue(_EXAMPLES_KEY, str(folder))
        self._use(folder)
        self.changed.emit()

    def useScans(self, folder: Path) -> None:
        """Work through the scans of a folder from now on, and in later sessions."""
        self._settings.setValue(_SCANS_KEY, str(folder))
        self.changed.emit()

    def submit(self, source: str) -> None:
        """Put the chosen segment as it is now into the folder.

        Args:
            source: Name of the scan's file; empty where it came from elsewhere.

        Raises:
            SAMMoEError: No folder, no segment, or an empty one.
        """
        if self.store is None:
            raise SAMMoEError("no folder for examples is chosen")
        example, volume = self._session.readExample(), self._session.volume
        if volume is None:
            raise SAMMoEError("no volume is chosen; choose the volume of this segment")
        future = self._thread.submit(self.store.submit, volume, example, source=source)
        self._pending.append((example.name, future))
        self.changed.emit()

    def nextScan(self, after: str) -> Path | None:
        """Return the scan to open after another one; None where all have examples.

        Raises:
            SAMMoEError: A record cannot be read.
        """
        done = self.store.sources() if self.store is not None and not self.isBusy else set()
        return None if self.scansFolder is None else nextScan(
            self.scansFolder, after=after, done=done
        )  # fmt: skip

    def poll(self) -> None:
        """Say what has been written; never waits."""
        while self._pending and self._pending[0][1].done():
            name, future = self._pending.pop(0)
            error = future.exception()
            if error is None:
                self._count()
                self.submitted.emit(name, future.result())
            else:
                self.failed.emit(str(error))
            self.changed.emit()

    def close(self) -> None:
        """Finish what is being written; this does not wait for it."""
        self._thread.shutdown(wait=False)

    def _use(self, folder: Path) -> None:
        self.store = ExampleStore(folder)
        self._count()

    def _count(self) -> None:
        """Count anew; what cannot be read counts for nothing, and is said at the next example."""
        try:
            self.counts = {} if self.store is None else self.store.counts()
        except (SAMMoEError, OSError):
            self.counts = {}
