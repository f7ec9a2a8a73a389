"""Which model: asked once, in one sentence each, without a window of its own."""

from typing import Any

from slicer.i18n import tr as _

from sammoe.bundle import default_bundle_path

from ..BundleChoice import BundleChoice
from ..ModelFacts import builtInSentence
from ..ModelInstaller import Checkpoint
from ..WorkerSettings import Store
from .WeightsSection import WeightsSection

_KEY = "SAMMoE/ModelWasAsked"


class FirstRun:
    """A frame above everything until the user has chosen, or made a first click.

    Args:
        ui: The panel's widgets.
        store: Remembers that it was asked.
        choice: Knows the model that comes along.
        checkpoint: The published weights.
        weights: Downloads them, after showing their licence.
    """

    def __init__(
        self,
        ui: Any,
        store: Store,
        choice: BundleChoice,
        checkpoint: Checkpoint,
        weights: WeightsSection,
    ) -> None:
        self._frame = ui.firstRunFrame
        self._store = store
        self._weights = weights
        published = _(
            "{name}: {size} MB to download, {license}, trained on many more organs and lesions; "
            "no experts, and slower without a graphics card."
        ).format(name=checkpoint.name, size=checkpoint.size_mb, license=checkpoint.license)
        ui.firstRunLabel.text = "\n".join([*_builtIn(choice), published])
        ui.useBuiltInButton.connect("clicked()", self.done)
        ui.usePublishedButton.connect("clicked()", self._download)
        self._frame.visible = not store.value(_KEY)

    def done(self) -> None:
        """Ask no more."""
        if not self._frame.isHidden():
            self._store.setValue(_KEY, "1")
            self._frame.visible = False

    def _download(self) -> None:
        self.done()
        self._weights.offer()


def _builtIn(choice: BundleChoice) -> list[str]:
    """Return a sentence about the model that comes along; none where there is no such model."""
    card = choice.builtInCard()
    if card is None:
        return []
    files = (path for path in default_bundle_path().rglob("*") if path.is_file())
    return [builtInSentence(card, mb=sum(path.stat().st_size for path in files) / 1e6)]
