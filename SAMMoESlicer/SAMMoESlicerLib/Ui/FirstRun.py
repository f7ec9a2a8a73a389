"""Which model: asked once, in one sentence each, without a window of its own."""

from typing import Any

from slicer.i18n import tr as _

from ..ModelInstaller import Checkpoint
from ..WorkerSettings import Store
from .WeightsSection import WeightsSection

_KEY = "SAMMoE/ModelWasAsked"


class FirstRun:
    """A frame above everything until the user has chosen, or made a first click.

    Args:
        ui: The panel's widgets.
        store: Remembers that it was asked.
        checkpoint: The published weights.
        weights: Downloads them, after showing their licence.
    """

    def __init__(
        self, ui: Any, store: Store, checkpoint: Checkpoint, weights: WeightsSection
    ) -> None:
        self._frame = ui.firstRunFrame
        self._store = store
        self._weights = weights
        ui.firstRunLabel.text = _(
            "Built-in model: 17 MB, Apache-2.0, works at once and with experts for vertebrae, "
            "ribs, vessels and lesions; small, so it needs more clicks.\n"
            "{name}: {size} MB to download, {license}, trained on many more organs and lesions; "
            "no experts, and slower without a graphics card."
        ).format(name=checkpoint.name, size=checkpoint.size_mb, license=checkpoint.license)
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
