"""Which scan is worth most as the next example: where an expert and the general model disagree."""

import json
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sammoe import Volume
from sammoe.errors import SAMMoEError
from sammoe.whole_file import written_whole
from sammoe.worker import Crashed, Failed, Predicted

from .Client import Client
from .ScanLook import ScanLook
from .ScanPlaces import Share
from .Signal import Signal

FILE = "ranking.json"


@dataclass(frozen=True)
class RankedBy:
    """Who looks at the scans.

    Attributes:
        bundle: Folder of the model; empty: the built-in one.
        bundleHash: Tells the model from what lay in that folder before.
        expert: The expert's id.
    """

    bundle: str
    bundleHash: str
    expert: str

    @property
    def key(self) -> str:
        """Tells this expert of this model from every other."""
        return f"{self.bundleHash} {self.expert}"


def readScan(path: Path) -> Volume:
    """Read a scan's file."""
    from sammoe.image_io import read_volume

    return read_volume(path)


class ScanRanking:
    """Looks at scans one by one with a worker of its own, and remembers what it found.

    Signals:
        changed(): One more scan is ranked, or none is looked at any more.

    Attributes:
        disagreements: 1 - Dice of both masks by the scan's file name, for the expert asked last.

    Args:
        newClient: Makes a worker for the model in a folder.
        mayWork: Says whether nobody waits for the computer.
        read: Reads a scan; called in a thread.
    """

    def __init__(
        self,
        newClient: Callable[[str], Client],
        *,
        mayWork: Callable[[], bool] = lambda: True,
        read: Callable[[Path], Volume] = readScan,
    ) -> None:
        self.changed = Signal()
        self.disagreements: dict[str, float] = {}
        self._newClient = newClient
        self._mayWork = mayWork
        self._read = read
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sammoe-ranking")
        self._client: Client | None = None
        self._file: Path | None = None
        self._by = RankedBy("", "", "")
        self._places: Sequence[Share] = ()
        self._waiting: deque[Path] = deque()
        self._reading: tuple[Path, Future[Volume]] | None = None
        self._look: tuple[str, ScanLook] | None = None
        self._asked: int | None = None

    def useClients(self, newClient: Callable[[str], Client]) -> None:
        """Make workers another way from now on."""
        self._newClient = newClient

    @property
    def isLooking(self) -> bool:
        """Say whether there are scans it has not looked at yet."""
        return bool(self._waiting or self._reading or self._look)

    def rank(
        self, scans: Collection[Path], by: RankedBy, places: Sequence[Share], keptIn: Path
    ) -> None:
        """Look at those scans that are not ranked yet.

        Args:
            scans: Files.
            by: Who looks.
            places: Where the structure lay in other scans.
            keptIn: Folder where what was found is kept.
        """
        if by != self._by or keptIn / FILE != self._file:
            self.stop()
            self._by, self._file = by, keptIn / FILE
            self.disagreements = self._kept().get(by.key, {})
        self._places = places
        known = {*self.disagreements, *(path.name for path in self._waiting)}
        known |= {self._look[0]} if self._look else set()
        known |= {self._reading[0].name} if self._reading else set()
        self._waiting += [path for path in sorted(scans) if path.name not in known]

    def poll(self) -> None:
        """Go on; never waits."""
        if self._client is not None:
            for event in self._client.poll():
                if isinstance(event, Predicted) and event.id == self._asked:
                    self._take(event)
                elif isinstance(event, Failed | Crashed):
                    self._leaveOut()
        if self._reading is not None and self._reading[1].done():
            self._beginLook(*self._reading)
        if self._look is None and self._reading is None and self._waiting:
            path = self._waiting.popleft()
            self._reading = path, self._thread.submit(self._read, path)
        elif self._look is not None and self._asked is None and self._mayWork():
            self._ask()
        elif not self.isLooking and self._client is not None:
            self.stop()
            self.changed.emit()

    def forget(self) -> None:
        """Rank nothing until somebody is asked again; what is kept in the folder stays."""
        self.stop()
        self._by, self.disagreements = RankedBy("", "", ""), {}

    def stop(self) -> None:
        """Look at no further scan; what was found stays."""
        self._waiting.clear()
        self._reading = self._look = self._asked = None
        if self._client is not None:
            self._client.close()
            self._client = None

    def close(self) -> None:
        """End for good; this does not wait for a scan that is being read."""
        self.stop()
        self._thread.shutdown(wait=False)

    def _beginLook(self, path: Path, future: "Future[Volume]") -> None:
        self._reading = None
        try:
            volume = future.result()
            self._look = path.name, ScanLook(volume, self._by.expert, self._places)
        except (SAMMoEError, OSError):
            return  # a scan that cannot be read says so when it is opened
        if self._client is None:
            self._client = self._newClient(self._by.bundle)
            self._client.start()
        self._client.set_volume(volume)

    def _ask(self) -> None:
        assert self._look is not None
        assert self._client is not None
        question = self._look[1].question
        if question is not None:
            self._asked = self._client.predict(*question)

    def _take(self, event: Predicted) -> None:
        self._asked = None
        if self._look is None:
            return
        name, look = self._look
        look.take(event.result)
        if look.question is None:
            self._look = None
            self.disagreements[name] = round(look.disagreement, 4)
            self._keep()
            self.changed.emit()

    def _leaveOut(self) -> None:
        """Go on with the next scan; this one stays where its name puts it."""
        self._look = self._asked = None

    def _kept(self) -> dict[str, dict[str, float]]:
        try:
            values = json.loads(self._file.read_text("utf-8")) if self._file else {}
            return {
                str(key): {str(name): float(value) for name, value in found.items()}
                for key, found in values.items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _keep(self) -> None:
        if self._file is None:
            return
        values = {**self._kept(), self._by.key: self.disagreements}
        try:
            with written_whole(self._file) as stream:
                stream.write(json.dumps(values, ensure_ascii=False, indent=1).encode())
        except OSError:
            self._file = None  # found again in the next session
