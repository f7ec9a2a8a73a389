"""Install, remove and look at models."""

import html
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from sammoe.bundle.install import remove_bundle
from sammoe.errors import CheckpointError

from ..BundleChoice import BundleChoice
from ..ModelFacts import cardRows
from ..ModelInstaller import ModelInstaller
from .plainText import plainText


class BundleMenu:
    """The menu beside the list of models.

    Args:
        ui: The panel's widgets.
        installer: Installs in the background.
        choice: The models there are, and the one in use.
    """

    def __init__(self, ui: Any, installer: ModelInstaller, choice: BundleChoice) -> None:
        self._installer = installer
        self._choice = choice
        self._menu = qt.QMenu(ui.bundleMenuButton)
        for text, call in (
            (_("Install from a file (.zip, .pth)..."), self._installFile),
            (_("Install from a folder..."), self._installFolder),
            (_("Remove this model..."), self._remove),
            (_("About this model..."), self._about),
        ):
            action = self._menu.addAction(text)
            action.connect("triggered()", call)
        ui.bundleMenuButton.setMenu(self._menu)

    def _installFile(self) -> None:
        title, filters = _("Choose a model"), _("Models (*.zip *.pth *.pt bundle.json)")
        path = qt.QFileDialog.getOpenFileName(None, title, "", filters)
        if path:
            self._installer.install(Path(path))

    def _installFolder(self) -> None:
        path = qt.QFileDialog.getExistingDirectory(None, _("Choose a model's folder"))
        if path:
            self._installer.install(Path(path))

    def _remove(self) -> None:
        bundle = self._choice.settings.bundle
        if not bundle or Path(bundle).parent != self._choice.library:
            slicer.util.infoDisplay(_("Only models that were installed here can be removed."))
            return
        card = self._choice.card()
        name = card.name if card else Path(bundle).name
        question = _("Remove the model '{name}' from this computer?").format(name=name)
        if slicer.util.confirmYesNoDisplay(plainText(question)):
            self._choice.use(bundle="")
            try:
                remove_bundle(Path(bundle))
            except CheckpointError as error:
                slicer.util.errorDisplay(plainText(str(error)))
            self._choice.changed.emit()

    def _about(self) -> None:
        card = self._choice.card()
        if card is None:
            slicer.util.infoDisplay(_("The model's card cannot be read from here."))
            return
        rows = [(html.escape(title), text) for title, text in cardRows(card)]
        text = "".join(f"<p><b>{k}</b><br>{html.escape(v)}</p>" for k, v in rows)
        slicer.util.infoDisplay(text, windowTitle=_("About this model"))
