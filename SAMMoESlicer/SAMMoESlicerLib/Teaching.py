"""Examples submitted one after the other, while the user goes on."""

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sammoe.errors import SAMMoEError

from .ExampleRecord import ExampleRecord
from .ExampleStore import ExampleStore
from .ScanQueue import nextScan, scansIn
from .ScanRanking import RankedBy, ScanRanking
from .SegmentationSession import SegmentationSession
from .Signal import Signal
from .TrainingPlan import expertIdOf
from .WorkerSettings import Store

ADVISED_EXAMPLES = 8
LEAST_EXAMPLES = 2
"""One to learn from, one to measure with."""
_EXAMPLES_KEY, _SCANS_KEY = "SAMMoE/ExamplesFolder", "SAMMoE/ScansFolder"


class _Pending(NamedTuple):
    """An example that is being written.

    Attributes:
        name: Its structure.
        source: Name of its scan's file; empty where there is none.
        future: Brings what is kept of it.
    """

    name: str
    source: str
    future: Future[ExampleRecord]


class Teaching:
    """The user's data set folder, and the folder of scans that are worked through.

    Compressing a scan takes seconds, so examples are written by a thread; `poll` brings its end.

    Signals:
        changed(): Another folder, more examples, or something is being written.
        submitted(name, record): An example is in the folder.
        failed(message): Why it is not.

    Attributes:
        counts: How many examples there are, by structure.
        ranking: Which scan is worth most as the next example.

    Args:
        session: Its chosen segment is submitted.
        settings: Keeps the folders.
        ranking: See above.
    """

    def __init__(self, session: SegmentationSession, settings: Store, ranking: ScanRanking) -> None:
        self.changed, self.submitted, self.failed = Signal(), Signal(), Signal()
        self.counts: dict[str, int] = {}
        self.store: ExampleStore | None = None
        self.ranking = ranking
        ranking.changed.connect(self.changed.emit)
        self._session = session
        self._settings = settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sammoe-examples")
        self._pending: list[_Pending] = []
        self._sources: set[str] = set()
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
        self._pending.append(_Pending(example.name, source, future))
        self.changed.emit()

    def nextScan(self, after: str) -> Path | None:
        """Return the scan to open after another one; None where all have examples.

        Raises:
            SAMMoEError: A record cannot be read.
        """
        if self.scansFolder is None:
            return None
        worst = self.ranking.disagreements
        return nextScan(self.scansFolder, after=after, done=self._done(), worst=worst)

    def taughtExpert(self, expertIds: Collection[str]) -> tuple[str, str] | None:
        """Return a structure with examples and its expert in a model; None where there is none.

        The chosen segment's structure goes before the others.

        Args:
            expertIds: The model's experts.
        """
        names = sorted(self.counts, key=lambda name: name != self._session.segmentName)
        for name in names:
            try:
                if expertIdOf(name) in expertIds:
                    return name, expertIdOf(name)
            except SAMMoEError:
                continue  # no name for an expert
        return None

    def rankScans(self, bundle: str, bundleHash: str, expertIds: Collection[str]) -> None:
        """Look at the scans that have no example yet, so that the worst comes first.

        What another model found, or this one before it was trained further, does not count.

        Args:
            bundle: Folder of the model in use; empty: the built-in one.
            bundleHash: Tells it from what lay there before.
            expertIds: Its experts; without one of a structure with examples, nothing is ranked.

        Raises:
            SAMMoEError: A record cannot be read.
        """
        found = self.taughtExpert(expertIds)
        if self.store is None or self.scansFolder is None or found is None:
            self.ranking.forget()
            return
        name, expert = found
        done = self._done()
        scans = [path for path in scansIn(self.scansFolder) if path.name not in done]
        places = self.store.places(name)
        self.ranking.rank(scans, RankedBy(bundle, bundleHash, expert), places, self.store.folder)

    def _done(self) -> set[str]:
        """Return the names of the files with an example, also where it is being written.

        Meanwhile the records are the thread's, so that those count that were known before.
        """
        if self.store is not None and not self.isBusy:
            self._sources = self.store.sources()
        return self._sources | {pending.source for pending in self._pending}

    def poll(self) -> None:
        """Say what has been written; never waits."""
        self.ranking.poll()
        while self._pending and self._pending[0].future.done():
            name, _source, future = self._pending.pop(0)
            error = future.exception()
            if error is None:
                self._count()
                self.submitted.emit(name, future.result())
            else:
                self.failed.emit(str(error))
            self.changed.emit()

    def close(self) -> None:
        """Finish what is being written; this does not wait for it."""
        self.ranking.close()
        self._thread.shutdown(wait=False)

    def _use(self, folder: Path) -> None:
        self.store = ExampleStore(folder)
        self._count()

    def _count(self) -> None:
        """Count anew; what cannot be read counts for nothing, and is said at the next example."""
        try:
            self.counts = {} if self.store is None else self.store.counts()
            self._sources = set() if self.store is None else self.store.sources()
        except (SAMMoEError, OSError):
            self.counts, self._sources = {}, set()
