"""A new expert is used, taken back, or given up."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.bundle.install import remove_bundle
from sammoe.bundle.reader import read_card
from sammoe.errors import CheckpointError

from ..BundleChoice import BundleChoice
from ..ExpertTraining import ExpertTraining
from ..ModelInstaller import ModelInstaller
from ..TrainingProgress import TrainingPhase
from ..TrainingSentences import reallyUse


class ExpertUse:
    """Two buttons below the card: Use and Discard, and once it is used Undo and Done.

    Args:
        ui: The panel's widgets.
        training: Has made the model.
        choice: Takes it into use.
        installer: Copies it to the others.
        onFailed: Called with what went wrong.
    """

    def __init__(
        self,
        ui: Any,
        training: ExpertTraining,
        choice: BundleChoice,
        installer: ModelInstaller,
        *,
        onFailed: Callable[[str], None],
    ) -> None:
        self._ui = ui
        self._training = training
        self._choice = choice
        self._installer = installer
        self._onFailed = onFailed
        self._usedBefore: str | None = None  # while the new model is installed
        ui.useExpertButton.connect("clicked()", self._onUse)
        ui.discardExpertButton.connect("clicked()", self._onDiscard)
        installer.installed.connect(self._onInstalled)
        installer.failed.connect(lambda _message: self._forgetUse())
        installer.stopped.connect(self._forgetUse)

    def refresh(self) -> None:
        """Show what can be done now."""
        isUsed = self._training.phase is TrainingPhase.USED
        for button in (self._ui.useExpertButton, self._ui.discardExpertButton):
            button.visible = isUsed or self._training.phase is TrainingPhase.DONE
            button.enabled = not self._installer.isBusy
        self._ui.useExpertButton.text = _("Undo") if isUsed else _("Use")
        self._ui.discardExpertButton.text = _("Done") if isUsed else _("Discard")

    def _onUse(self) -> None:
        """Install the new model and use it; once it is used, take that back."""
        if self._training.phase is TrainingPhase.USED:
            self._takeBack()
            return
        verdict = self._training.verdict
        if verdict is None or not verdict.forgets or _agreesTwice(reallyUse(verdict)):
            self._installer.install(self._training.bundle)
            if self._installer.isBusy:
                self._usedBefore = self._choice.settings.bundle

    def _takeBack(self) -> None:
        """Use the model from before again, and remove the new one; its card stays."""
        used = self._training.used
        if used is None:
            return
        isThere = not used.before or Path(used.before).is_dir()
        self._choice.use(bundle=used.before if isThere else "")
        try:
            remove_bundle(Path(used.installed))
        except CheckpointError as error:
            self._onFailed(str(error))
        self._training.takeBack()
        self._choice.changed.emit()

    def _onDiscard(self) -> None:
        isUsed = self._training.phase is TrainingPhase.USED
        if isUsed or slicer.util.confirmYesNoDisplay(_("Delete this expert? Examples stay.")):
            self._training.discard()

    def _onInstalled(self, folder: Path) -> None:
        if self._usedBefore is None or not self._isOurs(folder):
            return
        before, self._usedBefore = self._usedBefore, None
        try:
            self._training.use(folder, before=before)
        except OSError as error:
            self._onFailed(str(error))

    def _isOurs(self, folder: Path) -> bool:
        """Say whether a model is the training's: 'Undo' deletes it, so it must be no other."""
        try:
            made, installed = (read_card(path)[1] for path in (self._training.bundle, folder))
        except CheckpointError:
            return False
        return made == installed

    def _forgetUse(self) -> None:
        self._usedBefore = None


def _agreesTwice(questions: tuple[str, str]) -> bool:
    return all(slicer.util.confirmYesNoDisplay(question) for question in questions)
