"""Which model is used, and what its card says before anything is loaded."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sammoe.bundle import default_bundle_path
from sammoe.bundle.card import CARD_FILE, BundleCard
from sammoe.bundle.install import installed_cards
from sammoe.errors import CheckpointError, WorkerError

from .Confidence import ExpertLook
from .EngineSettings import EngineSettings, Store
from .Signal import Signal


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
    """

    def __init__(self, store: Store, library: Path) -> None:
        self.changed = Signal()
        self.library = library
        self._store = store
        self.settings = EngineSettings.readFrom(store)
        self.problem = self.settings.problem
        if self.problem:
            self.settings = replace(self.settings, command="")
        self._cards: dict[Path, dict[str, Any]] = {}

    def use(self, **changes: str) -> None:
        """Change bundle, device or command, and keep it.

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

    def installed(self) -> list[tuple[str, Path]]:
        """Return name and folder of every model that is installed whole."""
        cards = installed_cards(self.library)
        return [(card.name, folder) for folder, card in cards.items()]

    def experts(self, engineInfo: dict[str, Any]) -> tuple[ExpertLook, ...]:
        """Return the experts of the loaded model, or of the chosen one before it is loaded."""
        card = engineInfo.get("bundle") or self.card()
        return tuple(ExpertLook.fromCard(e, card.get("tau")) for e in card.get("experts", ()))

    def card(self) -> dict[str, Any]:
        """Return the chosen model's card; empty where it cannot be read or lies elsewhere."""
        if self.settings.bundle:
            return self._card(Path(self.settings.bundle))
        if self.settings.isRemote:
            return {}
        try:
            return self._card(default_bundle_path())
        except CheckpointError:
            return {}

    def _card(self, folder: Path) -> dict[str, Any]:
        if folder not in self._cards:
            try:
                card = asdict(BundleCard.from_json((folder / CARD_FILE).read_bytes()))
            except (CheckpointError, OSError):
                return {}
            self._cards[folder] = card
        return self._cards[folder]
