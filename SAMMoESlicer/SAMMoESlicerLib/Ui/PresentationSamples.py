"""Which scan is shown to an audience: the phantom, or a real CT that is got once."""

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.errors import SAMMoEError

from ..Phantom import loadPhantom, preparePhantom
from ..PhantomTour import phantomTour
from ..PresentationStep import PresentationStep
from ..PublicTorso import PublicTorso
from ..SampleSources import PHANTOM, TORSO_LICENCE, TORSO_MB, TORSO_NAME
from ..TorsoTour import torsoTour

_PHANTOM, _TORSO = range(2)


class PresentationSamples:
    """A list of two scans; the real one is asked for before it is downloaded.

    Args:
        ui: The panel's widgets.
        torso: The real CT.
        onFailed: Called with what went wrong.
    """

    def __init__(self, ui: Any, torso: PublicTorso, *, onFailed: Callable[[str], None]) -> None:
        self._box = ui.presentationSampleBox
        self._torso = torso
        self._onFailed = onFailed
        self._nodes: dict[int, Any] = {}
        self._box.addItem(_("Torso phantom, made here"))
        self._box.addItem(_("Torso CT of a patient, {mb} MB").format(mb=TORSO_MB))
        self._box.connect("activated(int)", self._onChosen)

    def prepare(self) -> None:
        """Make everything ready while nobody waits for it; the real CT goes first."""
        if self._torso.isHere:
            self._box.setCurrentIndex(_TORSO)
        else:
            preparePhantom()

    def show(self) -> Any:
        """Load the chosen scan unless it is loaded, and return its node."""
        index = self._box.currentIndex
        node = self._nodes.get(index)
        if node is None or node.GetScene() is None:
            node = self._loadTorso() if index == _TORSO else loadPhantom()
            self._nodes[index] = node
        slicer.util.setSliceViewerLayers(background=node, fit=True)
        return node

    def steps(self) -> list[PresentationStep]:
        """Return what is shown in the chosen scan."""
        isTorso = self._box.currentIndex == _TORSO
        return torsoTour(self._torso) if isTorso else phantomTour()

    def _loadTorso(self) -> Any:
        node = slicer.util.loadVolume(str(self._torso.path))
        node.SetName(TORSO_NAME)
        return node

    def _onChosen(self, index: int) -> None:
        if index == _TORSO and not self._torso.isHere and not self._get():
            self._box.setCurrentIndex(_PHANTOM)

    def _get(self) -> bool:
        """Download the real CT after a yes; say whether it is there."""
        question = _(
            "Download '{name}', {mb} MB?\n\nLicence: {licence}. It is checked by its SHA256 and "
            "kept for the next time. Without it '{phantom}' is shown, which needs no download."
        ).format(name=TORSO_NAME, mb=TORSO_MB, licence=TORSO_LICENCE, phantom=PHANTOM)
        if not slicer.util.confirmYesNoDisplay(question):
            return False
        try:
            self._torso.get()
        except SAMMoEError as error:
            self._onFailed(str(error))
            return False
        return True
