"""Train an expert from one's own examples: begin, watch, pause, read the card, use or discard."""

from collections.abc import Callable
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.errors import SAMMoEError

from ..ExpertTraining import ExpertTraining
from ..Teaching import Teaching
from ..TrainingPlan import TrainingPlan
from ..TrainingPlanner import TrainingPlanner
from ..TrainingProgress import TrainingPhase
from ..TrainingSentences import offer, stateOf
from .Dependencies import Dependencies
from .ExpertUse import ExpertUse
from .WorstCaseButtons import WorstCaseButtons


class TrainingSection:
    """The lower half of 'Teach'.

    Attributes:
        training: Trains in a process of its own.
        planner: Makes plans from the examples.
        dependencies: Installs what training needs, after asking.

    Args:
        ui: The panel's widgets.
        teaching: Where the examples are.
        training: See above.
        planner: See above.
        use: Takes the new model into use.
        dependencies: See above.
        onFailed: Called with what keeps the user from going on.
    """

    def __init__(
        self,
        ui: Any,
        teaching: Teaching,
        training: ExpertTraining,
        planner: TrainingPlanner,
        use: ExpertUse,
        *,
        dependencies: Dependencies,
        onFailed: Callable[[str], None],
    ) -> None:
        self.training = training
        self.planner = planner
        self.dependencies = dependencies
        self._ui = ui
        self._use = use
        self._onFailed = onFailed
        self._offered: TrainingPlan | None = None
        self._pictures = WorstCaseButtons(ui)
        ui.trainButton.connect("clicked()", self._onTrain)
        ui.expertNameEdit.connect("editingFinished()", self._onNamed)
        ui.pauseTrainingButton.connect("clicked()", self._onPause)
        ui.cancelTrainingButton.connect("clicked()", self._onCancel)
        teaching.changed.connect(self.refresh)
        training.changed.connect(self.refresh)
        training.failed.connect(onFailed)
        training.paced.connect(planner.keepPace)

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
        isKnown = phase is not TrainingPhase.PAUSED or self.training.progress is not None
        ui.trainingBar.visible = isUnderWay and isKnown and not self.training.awaitsYes
        ui.cancelTrainingButton.visible = isUnderWay or self._offered is not None
        isPausing = phase is TrainingPhase.PAUSING
        ui.pauseTrainingButton.visible = isWaiting or isPausing or phase is TrainingPhase.RUNNING
        ui.pauseTrainingButton.enabled = not isPausing
        ui.trainingLabel.visible = not isFree
        ui.pauseTrainingButton.text = self._pauseCaption()
        ui.expertNameEdit.visible = self._offered is not None or self.training.awaitsYes
        self._use.refresh()
        self._pictures.show(self.training.pictures if hasEnded else [])
        self._showProgress()

    def _pauseCaption(self) -> str:
        if self._offered is not None or self.training.awaitsYes:
            return _("Start")
        return _("Resume") if self.training.phase is TrainingPhase.PAUSED else _("Pause")

    def _fillStructures(self) -> None:
        """List the structures that have enough examples."""
        box = self._ui.taughtComboBox
        names = self.planner.structures
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
            ui.trainingLabel.text = offer(plan, self.planner.pace)
            return
        progress = training.progress
        ui.trainingBar.maximum = 0
        if progress is not None and progress.total > 0:
            ui.trainingBar.maximum = progress.total
            ui.trainingBar.value = progress.done
        ui.trainingLabel.text = stateOf(plan, training.phase, progress, training.verdict)

    def _onTrain(self) -> None:
        """Say how long it takes; where nobody knows that yet, measure it first."""
        try:
            plan = self.planner.plan(self._ui.taughtComboBox.currentText)
            if not self._ensure():
                return
            self._ui.expertNameEdit.text = plan.name
            if self.planner.pace is None:
                self.training.begin(plan, measures=True)
            else:
                self._offered = plan
        except SAMMoEError as error:
            self._onFailed(str(error))
        self.refresh()

    def _onNamed(self) -> None:
        """Call the expert so, with the codes of a structure that is called so."""
        plan = self._offered or self.training.plan
        title = self._ui.expertNameEdit.text.strip()
        if plan is None or title in ("", plan.expertName):
            return
        try:
            named = self.planner.named(plan, title)
        except SAMMoEError as error:
            self._onFailed(str(error))
            return
        self.training.discard()  # what was measured in it is kept
        self._offered = named
        self.refresh()

    def _ensure(self) -> bool:
        """Install what is missing, after asking; say whether everything is there."""
        return not self.dependencies.missing() or self.dependencies.ensure()

    def _onPause(self) -> None:
        """Pause, go on, or begin after the yes to how long it takes."""
        if self._offered is not None or self.training.awaitsYes:
            self._onNamed()  # a click takes no focus from the name
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
