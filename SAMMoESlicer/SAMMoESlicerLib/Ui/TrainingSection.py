"""Train an expert from one's own examples: begin, watch, pause, read the card, use or discard."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.bundle import default_bundle_path
from sammoe.bundle.install import remove_bundle
from sammoe.errors import CheckpointError, SAMMoEError

from ..BundleChoice import BundleChoice
from ..ExpertTraining import ExpertTraining
from ..ModelInstaller import ModelInstaller
from ..Teaching import LEAST_EXAMPLES, Teaching
from ..TrainingPace import KnownPaces, TrainingPace
from ..TrainingPlan import TrainingPlan, expertIdOf
from ..TrainingProgress import TrainingPhase
from ..TrainingSentences import offer, reallyUse, stateOf
from ..WorkerSettings import Store
from .Dependencies import Dependencies
from .WorstCaseButtons import WorstCaseButtons


class TrainingSection:
    """The lower half of 'Teach'.

    Args:
        ui: The panel's widgets.
        teaching: Where the examples are.
        training: Trains in a process of its own.
        choice: The model that gets the expert, and takes the new one into use.
        installer: Copies the new model to the others.
        dependencies: Installs what training needs, after asking.
        store: Keeps how fast this computer trains.
        onFailed: Called with what keeps the user from going on.
    """

    def __init__(
        self,
        ui: Any,
        teaching: Teaching,
        training: ExpertTraining,
        *,
        choice: BundleChoice,
        installer: ModelInstaller,
        dependencies: Dependencies,
        store: Store,
        onFailed: Callable[[str], None],
    ) -> None:
        self.training = training
        self._ui = ui
        self._teaching = teaching
        self._choice = choice
        self._installer = installer
        self.dependencies = dependencies
        self._onFailed = onFailed
        self._paces = KnownPaces(store)
        self._changes: dict[str, Any] = {}
        self._offered: TrainingPlan | None = None
        self._usedBefore: str | None = None  # while the new model is installed
        self._pictures = WorstCaseButtons(ui)
        ui.trainButton.connect("clicked()", self._onTrain)
        ui.pauseTrainingButton.connect("clicked()", self._onPause)
        ui.cancelTrainingButton.connect("clicked()", self._onCancel)
        ui.useExpertButton.connect("clicked()", self._onUse)
        ui.discardExpertButton.connect("clicked()", self._onDiscard)
        teaching.changed.connect(self.refresh)
        training.changed.connect(self.refresh)
        training.failed.connect(onFailed)
        training.paced.connect(self._onPaced)
        installer.installed.connect(self._onInstalled)
        installer.failed.connect(self._onNotInstalled)

    def usePlan(self, **changes: Any) -> None:
        """Train otherwise than by default from now on, e.g. with fewer `steps`.

        Args:
            changes: Fields of `TrainingPlan`.
        """
        self._changes = changes

    def poll(self) -> None:
        """See how far the training is."""
        self.training.poll()

    def close(self) -> None:
        """Let a training write its checkpoint; another session can go on with it."""
        self.training.close()

    def refresh(self) -> None:
        """Show what can be done now."""
        ui, phase = self._ui, self.training.phase
        self._fillStructures()
        isFree = phase is TrainingPhase.NONE and self._offered is None
        hasEnded = phase in (TrainingPhase.DONE, TrainingPhase.USED)
        isUnderWay = phase is not TrainingPhase.NONE and not hasEnded
        isWaiting = phase is TrainingPhase.PAUSED or self._offered is not None
        ui.taughtComboBox.visible = ui.trainButton.visible = isFree
        ui.trainButton.enabled = ui.taughtComboBox.count > 0
        ui.trainingBar.visible = isUnderWay and not self.training.awaitsYes
        ui.cancelTrainingButton.visible = isUnderWay or self._offered is not None
        isPausing = phase is TrainingPhase.PAUSING
        ui.pauseTrainingButton.visible = isWaiting or isPausing or phase is TrainingPhase.RUNNING
        ui.pauseTrainingButton.enabled = not isPausing
        ui.trainingLabel.visible = not isFree
        for button in (ui.useExpertButton, ui.discardExpertButton):
            button.visible = hasEnded
            button.enabled = not self._installer.isBusy
        isUsed = phase is TrainingPhase.USED
        ui.useExpertButton.text = _("Undo") if isUsed else _("Use")
        ui.discardExpertButton.text = _("Done") if isUsed else _("Discard")
        ui.pauseTrainingButton.text = self._pauseCaption()
        self._pictures.show(self.training.pictures if hasEnded else [])
        self._showProgress()

    def _pauseCaption(self) -> str:
        if self._offered is not None or self.training.awaitsYes:
            return _("Start")
        return _("Resume") if self.training.phase is TrainingPhase.PAUSED else _("Pause")

    def _fillStructures(self) -> None:
        """List the structures that have enough examples."""
        box = self._ui.taughtComboBox
        names = [n for n, count in self._teaching.counts.items() if count >= LEAST_EXAMPLES]
        if names != [box.itemText(index) for index in range(box.count)]:
            chosen = box.currentText
            box.clear()
            for name in names:
                box.addItem(name)
            box.setCurrentIndex(max(box.findText(chosen), 0) if names else -1)

    def _showProgress(self) -> None:
        ui, training = self._ui, self.training
        plan = self._offered if self._offered is not None else training.plan
        if plan is None:
            return
        if self._offered is not None or training.awaitsYes:
            ui.trainingLabel.text = offer(plan, self._pace)
            return
        progress = training.progress
        ui.trainingBar.maximum = 0 if training.phase is not TrainingPhase.PAUSED else 100
        if training.phase is TrainingPhase.PAUSED:
            ui.trainingBar.value = 0
        if progress is not None and progress.total > 0:
            ui.trainingBar.maximum = progress.total
            ui.trainingBar.value = progress.done
        ui.trainingLabel.text = stateOf(plan, training.phase, progress, training.verdict)

    def _onTrain(self) -> None:
        """Say how long it takes; where nobody knows that yet, measure it first."""
        try:
            plan = self._plan(self._ui.taughtComboBox.currentText)
            if not self._ensure():
                return
            if self._pace is None:
                self.training.begin(plan, measures=True)
            else:
                self._offered = plan
        except SAMMoEError as error:
            self._onFailed(str(error))
        self.refresh()

    @property
    def _architecture(self) -> str:
        card = self._choice.card()
        return card.architecture if card is not None else ""

    @property
    def _pace(self) -> TrainingPace | None:
        """How fast this computer trains such a model; None where nobody has measured it."""
        return self._paces.of(self._architecture)

    def _onPaced(self, pace: TrainingPace) -> None:
        self._paces.keep(self._architecture, pace)

    def _plan(self, name: str) -> TrainingPlan:
        """Return what is trained for a structure.

        Raises:
            SAMMoEError: Its name is none for an expert, a record cannot be read, or there is no
                built-in model.
        """
        store = self._teaching.store
        if store is None:
            raise SAMMoEError(_("no folder for examples is chosen"))
        card = self._choice.card()
        plan = TrainingPlan(
            name,
            data=str(store.folder),
            bundle=self._choice.settings.bundle or str(default_bundle_path()),
            code=_typeOf(store.terminology(name)),
            scans=self._teaching.counts[name],
            replaces=card is not None and expertIdOf(name) in card.expert_ids,
        )
        return replace(plan, **self._changes)

    def _ensure(self) -> bool:
        """Install what is missing, after asking; say whether everything is there."""
        return not self.dependencies.missing() or self.dependencies.ensure()

    def _onPause(self) -> None:
        """Pause, go on, or begin after the yes to how long it takes."""
        try:
            if self._offered is not None:
                plan, self._offered = self._offered, None
                self.training.begin(plan)
            elif self.training.phase is not TrainingPhase.PAUSED:
                self.training.pause()
            elif self._ensure():
                self.training.resume()
        except SAMMoEError as error:
            self._onFailed(str(error))

    def _onCancel(self) -> None:
        if self._offered is not None or self.training.awaitsYes:
            self._offered = None
            self.training.discard()
        elif slicer.util.confirmYesNoDisplay(
            _("Give this training up? What it has learnt so far is deleted; examples stay.")
        ):
            self.training.discard()

    def _onUse(self) -> None:
        """Install the new model and use it; once it is used, take that back."""
        if self.training.phase is TrainingPhase.USED:
            self._takeBack()
            return
        verdict = self.training.verdict
        isAgreed = verdict is None or not verdict.forgets or _agreesTwice(reallyUse(verdict))
        if isAgreed:
            self._usedBefore = self._choice.settings.bundle
            self._installer.install(self.training.bundle)

    def _takeBack(self) -> None:
        """Use the model from before again, and remove the new one; its card stays."""
        used = self.training.used
        if used is None:
            return
        self._choice.use(bundle=used.before)
        try:
            remove_bundle(Path(used.installed))
        except CheckpointError as error:
            self._onFailed(str(error))
        self.training.takeBack()
        self._choice.changed.emit()

    def _onDiscard(self) -> None:
        isUsed = self.training.phase is TrainingPhase.USED
        if isUsed or slicer.util.confirmYesNoDisplay(_("Delete this expert? Examples stay.")):
            self.training.discard()

    def _onInstalled(self, folder: Path) -> None:
        if self._usedBefore is None:
            return
        before, self._usedBefore = self._usedBefore, None
        try:
            self.training.use(folder, before=before)
        except OSError as error:
            self._onFailed(str(error))

    def _onNotInstalled(self, message: str) -> None:
        self._usedBefore = None


def _agreesTwice(questions: tuple[str, str]) -> bool:
    return all(slicer.util.confirmYesNoDisplay(question) for question in questions)


def _typeOf(terminology: str) -> str:
    """Return SCHEME^VALUE^MEANING of Slicer's terminology entry; empty where it is not coded."""
    parts = terminology.split("~")
    code = parts[2] if len(parts) > 2 else ""
    return code if len(code.split("^")) == 3 and all(code.split("^")) else ""
