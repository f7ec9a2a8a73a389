"""Train an expert from one's own examples: begin, watch, pause, read the card, use or discard."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.bundle import default_bundle_path
from sammoe.errors import SAMMoEError

from ..BundleChoice import BundleChoice
from ..ExpertTraining import ExpertTraining, TrainingPhase, TrainingProgress
from ..ModelInstaller import ModelInstaller
from ..Teaching import ADVISED_EXAMPLES, LEAST_EXAMPLES, Teaching
from ..TrainingPlan import TrainingPlan, expertIdOf
from ..TrainingVerdict import TrainingVerdict
from .Dependencies import Dependencies
from .plainText import plainText


class TrainingSection:
    """The lower half of 'Teach'.

    Args:
        ui: The panel's widgets.
        teaching: Where the examples are.
        training: Trains in a process of its own.
        choice: The model that gets the expert, and takes the new one into use.
        installer: Copies the new model to the others.
        dependencies: Installs what training needs, after asking.
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
        onFailed: Callable[[str], None],
    ) -> None:
        self.training = training
        self._ui = ui
        self._teaching = teaching
        self._choice = choice
        self._installer = installer
        self.dependencies = dependencies
        self._onFailed = onFailed
        self._isInstalling = False
        ui.trainButton.connect("clicked()", self._onTrain)
        ui.pauseTrainingButton.connect("clicked()", self._onPause)
        ui.cancelTrainingButton.connect("clicked()", self._onCancel)
        ui.useExpertButton.connect("clicked()", self._onUse)
        ui.discardExpertButton.connect("clicked()", self._onDiscard)
        teaching.changed.connect(self.refresh)
        training.changed.connect(self.refresh)
        training.failed.connect(onFailed)
        installer.installed.connect(self._onInstalled)
        installer.failed.connect(self._onNotInstalled)

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
        isFree = phase is TrainingPhase.NONE
        isUnderWay = not isFree and phase is not TrainingPhase.DONE
        ui.taughtComboBox.visible = ui.trainButton.visible = isFree
        ui.trainButton.enabled = ui.taughtComboBox.count > 0
        for widget in (ui.trainingBar, ui.pauseTrainingButton, ui.cancelTrainingButton):
            widget.visible = isUnderWay
        ui.trainingLabel.visible = not isFree
        ui.useExpertButton.visible = phase is TrainingPhase.DONE
        ui.discardExpertButton.visible = phase is TrainingPhase.DONE
        ui.useExpertButton.enabled = not self._installer.isBusy
        ui.pauseTrainingButton.enabled = phase is not TrainingPhase.PAUSING
        isPaused = phase is TrainingPhase.PAUSED
        ui.pauseTrainingButton.text = _("Resume") if isPaused else _("Pause")
        self._showProgress()

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
        if training.plan is None:
            return
        name = html.escape(training.plan.name)
        progress = training.progress
        ui.trainingBar.maximum = 0 if training.phase is not TrainingPhase.PAUSED else 100
        if progress is not None and progress.total > 0:
            ui.trainingBar.maximum = progress.total
            ui.trainingBar.value = progress.done
        if training.verdict is not None:
            ui.trainingLabel.text = _card(training.plan, training.verdict)
        elif training.phase is TrainingPhase.PAUSED:
            ui.trainingBar.value = 0
            ui.trainingLabel.text = _("<b>{name}</b>: paused, nothing is lost").format(name=name)
        elif training.phase is TrainingPhase.PAUSING:
            ui.trainingLabel.text = _("<b>{name}</b>: writing its checkpoint …").format(name=name)
        else:
            words = _inWords(progress) if progress is not None else _("starting …")
            ui.trainingLabel.text = f"<b>{name}</b>: {html.escape(words)}"

    def _onTrain(self) -> None:
        name = self._ui.taughtComboBox.currentText
        try:
            plan = self._plan(name)
            if slicer.util.confirmYesNoDisplay(plainText(_question(plan))) and self._ensure():
                self.training.begin(plan)
        except SAMMoEError as error:
            self._onFailed(str(error))

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
        return TrainingPlan(
            name,
            data=str(store.folder),
            bundle=self._choice.settings.bundle or str(default_bundle_path()),
            code=_typeOf(store.terminology(name)),
            scans=self._teaching.counts[name],
            replaces=card is not None and expertIdOf(name) in card.expert_ids,
        )

    def _ensure(self) -> bool:
        """Install what is missing, after asking; say whether everything is there."""
        return not self.dependencies.missing() or self.dependencies.ensure()

    def _onPause(self) -> None:
        try:
            if self.training.phase is TrainingPhase.PAUSED:
                if self._ensure():
                    self.training.resume()
            else:
                self.training.pause()
        except SAMMoEError as error:
            self._onFailed(str(error))

    def _onCancel(self) -> None:
        if slicer.util.confirmYesNoDisplay(
            _("Give this training up? What it has learnt so far is deleted; examples stay.")
        ):
            self.training.discard()

    def _onUse(self) -> None:
        verdict = self.training.verdict
        if verdict is not None and verdict.forgets and not _agreesTwice(verdict):
            return
        self._isInstalling = True
        self._installer.install(self.training.bundle)

    def _onDiscard(self) -> None:
        if slicer.util.confirmYesNoDisplay(_("Delete this expert? Examples stay.")):
            self.training.discard()

    def _onInstalled(self, folder: Path) -> None:
        if self._isInstalling:
            self._isInstalling = False
            self.training.discard()

    def _onNotInstalled(self, message: str) -> None:
        self._isInstalling = False


def _question(plan: TrainingPlan) -> str:
    few = ""
    if plan.scans < ADVISED_EXAMPLES:
        few = " " + _("{count} are advised.").format(count=ADVISED_EXAMPLES)
    again = "\n\n" + _("The model's expert of this name is trained anew.") if plan.replaces else ""
    return _(
        "Train an expert for '{name}' from {scans} scans?{few}\n\nIt runs on this computer, behind "
        "everything else, for minutes to hours; you can go on segmenting, pause it, and close "
        "Slicer. How long it takes is shown once it runs. The model in use is not changed: you "
        "decide at the end.{again}"
    ).format(name=plan.name, scans=plan.scans, few=few, again=again)


def _inWords(progress: TrainingProgress) -> str:
    words = [f"{progress.stage} {progress.done}/{progress.total}"]
    if progress.dice is not None:
        words.append(_("Dice {dice:.2f}").format(dice=progress.dice))
    if progress.leftS is not None and progress.leftS >= 1:
        minutes, seconds = divmod(round(progress.leftS), 60)
        words.append(_("{minutes}:{seconds:02} left").format(minutes=minutes, seconds=seconds))
    return " · ".join(words)


def _card(plan: TrainingPlan, verdict: TrainingVerdict) -> str:
    text = _(
        "<b>{name}</b>, from {scans} scans. Dice on scans held out:<br>"
        "{name}: {taskBefore:.2f} before, <b>{taskAfter:.2f}</b> with the expert<br>"
        "Everything else: {generalBefore:.2f} before, <b>{generalAfter:.2f}</b> after"
    ).format(
        name=html.escape(plan.name),
        scans=plan.scans,
        taskBefore=verdict.taskBefore,
        taskAfter=verdict.taskAfter,
        generalBefore=verdict.generalBefore,
        generalAfter=verdict.generalAfter,
    )
    if verdict.forgets:
        text += "<br>" + _("<b>It makes the model worse at everything else.</b>")
    return text


def _agreesTwice(verdict: TrainingVerdict) -> bool:
    lost = verdict.generalBefore - verdict.generalAfter
    first = _(
        "With this expert the model loses {lost:.2f} Dice on structures that are no expert's task. "
        "More examples usually mend that. Use it all the same?"
    ).format(lost=lost)
    second = _("Really use a model that is worse at everything else? The old one stays installed.")
    return bool(slicer.util.confirmYesNoDisplay(first) and slicer.util.confirmYesNoDisplay(second))


def _typeOf(terminology: str) -> str:
    """Return SCHEME^VALUE^MEANING of Slicer's terminology entry; empty where it is not coded."""
    parts = terminology.split("~")
    code = parts[2] if len(parts) > 2 else ""
    return code if len(code.split("^")) == 3 and all(code.split("^")) else ""
