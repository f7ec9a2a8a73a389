"""Which model is used, and what its card says before anything is loaded."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sammoe.bundle import BundleCard, default_bundle_path
from sammoe.bundle.card import CARD_FILE
from sammoe.bundle.install import installed_cards
from sammoe.bundle.reader import read_card
from sammoe.errors import CheckpointError, WorkerError
from sammoe.worker import WorkerClient

from .ExpertSummary import ExpertSummary
from .Signal import Signal
from .WorkerSettings import Store, WorkerSettings


class _KnownCard(NamedTuple):
    """A card that was read.

    Attributes:
        time_ns: When its file was written.
        card: What it says.
        hash: Of its file.
    """

    time_ns: int
    card: BundleCard
    hash: str


class BundleChoice:
    """The user's choice of model, device and host, and the models to choose from.

    Signals:
        changed(): Another choice, or another list of models.

    Attributes:
        settings: The choice.
        problem: Why the host that was kept is not used; empty where it is.

    Args:
        store: Keeps the choice between sessions.
        library: Folder of the installed models, one folder each; need not exist.
        startup: The environment that this program was started in: its own Python and libraries
            are not for a worker that comes from elsewhere. None: it has not changed since.
    """

    def __init__(
        self, store: Store, library: Path, *, startup: Mapping[str, str] | None = None
    ) -> None:
        self.changed = Signal()
        self.library = library
        self._store = store
        self._startup = startup
        self.settings = WorkerSettings.readFrom(store)
        self.problem = self.settings.problem
        if self.problem:
            self.settings = replace(self.settings, command="")
        self._cards: dict[Path, _KnownCard] = {}

    def use(self, **changes: str) -> None:
        """Change bundle, device, command or precision, and keep it.

        Raises:
            WorkerError: It makes no sense; what was chosen before stays.
        """
        settings = replace(self.settings, **changes)
        if settings.problem:
            raise WorkerError(settings.problem)
        if settings != self.settings:
            self.settings = settings
            settings.writeTo(self._store)
            self.changed.emit()

    def newClient(self) -> WorkerClient:
        """Return a client of the chosen worker, not started yet."""
        return self.settings.newClient(self._startup)

    def installed(self) -> list[tuple[str, Path]]:
        """Return name and folder of every model that is installed whole."""
        cards = installed_cards(self.library)
        return [(card.name, folder) for folder, card in cards.items()]

    def experts(self, loaded: BundleCard | None) -> tuple[ExpertSummary, ...]:
        """Return the experts of the loaded model, or of the chosen one before it is loaded."""
        card = loaded or self.card()
        return () if card is None else tuple(ExpertSummary.fromCard(card, e) for e in card.experts)

    def card(self) -> BundleCard | None:
        """Return the chosen model's card; None where it cannot be read or lies elsewhere."""
        known = self._chosen()
        return None if known is None else known.card

    def cardHash(self) -> str:
        """Return what tells the chosen model from every other; empty where it has no card here."""
        known = self._chosen()
        return "" if known is None else known.hash

    def builtInCard(self) -> BundleCard | None:
        """Return the card of the model that comes along; None where there is none."""
        known = self._builtIn()
        return None if known is None else known.card

    def cardIn(self, folder: Path) -> BundleCard | None:
        """Return the card of the model in a folder; None where it cannot be read."""
        known = self._known(folder)
        return None if known is None else known.card

    def _chosen(self) -> _KnownCard | None:
        if self.settings.bundle:
            return self._known(Path(self.settings.bundle))
        return None if self.settings.isRemote else self._builtIn()

    def _builtIn(self) -> _KnownCard | None:
        try:
            return self._known(default_bundle_path())
        except CheckpointError:
            return None

    def _known(self, folder: Path) -> _KnownCard | None:
        """Return the card in a folder, which is read again once the model was replaced."""
        try:
            time_ns = (folder / CARD_FILE).stat().st_mtime_ns
            if folder not in self._cards or self._cards[folder].time_ns != time_ns:
                self._cards[folder] = _KnownCard(time_ns, *read_card(folder))
        except (CheckpointError, OSError, ValueError):  # a path from the settings may be anything
            return None
        return self._cards[folder]
