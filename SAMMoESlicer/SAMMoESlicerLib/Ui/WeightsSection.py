"""Published weights: read the licence, say yes, watch them come, remove them again."""

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from ..BundleChoice import BundleChoice
from ..ModelInstaller import Checkpoint, ModelInstaller


class WeightsSection:
    """One row: download or go on, progress, stop, remove.

    Args:
        ui: The panel's widgets.
        installer: Does the work in the background.
        choice: Takes the model that was installed.
        checkpoint: What can be downloaded.
    """

    def __init__(
        self, ui: Any, installer: ModelInstaller, choice: BundleChoice, checkpoint: Checkpoint
    ) -> None:
        self._ui = ui
        self._installer = installer
        self._choice = choice
        self._checkpoint = checkpoint
        ui.downloadButton.connect("clicked()", self._onDownload)
        ui.cancelDownloadButton.connect("clicked()", installer.cancel)
        ui.removeDownloadsButton.connect("clicked()", self._onRemove)
        installer.changed.connect(self.refresh)
        installer.installed.connect(self._onInstalled)

    def refresh(self) -> None:
        """Bring the row up to date."""
        ui, installer = self._ui, self._installer
        isBusy = installer.isBusy
        resumes = installer.hasPart(self._checkpoint)
        ui.downloadButton.text = _("Resume download") if resumes else _("Download SAM-Med3D...")
        ui.downloadButton.visible = not isBusy
        ui.removeDownloadsButton.visible = installer.hasDownloads and not isBusy
        ui.downloadBar.visible = isBusy
        ui.cancelDownloadButton.visible = isBusy
        ui.downloadBar.maximum = 0 if installer.progress is None else 100
        if installer.progress is not None:
            ui.downloadBar.value = round(100 * installer.progress)

    def offer(self) -> None:
        """Say what the weights are, and download them after a yes."""
        self._onDownload()

    def _onDownload(self) -> None:
        checkpoint = self._checkpoint
        question = _(
            "{name}, {size} MB, from\n{url}\n\n{about}\nLicence: {license} ({license_url})\n\n"
            "Download it now?"
        ).format(
            name=checkpoint.name,
            size=checkpoint.size_mb,
            url=checkpoint.url,
            about=checkpoint.about,
            license=checkpoint.license,
            license_url=checkpoint.license_url,
        )
        if slicer.util.confirmYesNoDisplay(question):
            self._installer.download(checkpoint)

    def _onRemove(self) -> None:
        if slicer.util.confirmYesNoDisplay(
            _("Delete all downloaded files? Models stay installed.")
        ):
            self._installer.removeDownloads()

    def _onInstalled(self, folder: Path) -> None:
        self._choice.use(bundle=str(folder))
