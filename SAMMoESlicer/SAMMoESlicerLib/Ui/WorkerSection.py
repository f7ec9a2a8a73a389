"""Model, device and host; restart; log."""

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.errors import WorkerError

from ..BundleChoice import BundleChoice
from ..ConnectionTest import ConnectionTest
from ..Message import Level, Message
from ..PredictionWorker import PredictionWorker
from ..Sentences import asSentence
from .Notice import Notice
from .plainText import plainText

# Notice


class WorkerSection:
    """Every change here starts another worker; prompts and results stay.

    Args:
        ui: The panel's widgets.
        worker: What the worker does.
        choice: The user's choice.
        notice: Where the result of 'Test' is said.
    """

    def __init__(
        self, ui: Any, worker: PredictionWorker, choice: BundleChoice, notice: Notice
    ) -> None:
        self._ui = ui
        self._worker = worker
        self._choice = choice
        self._notice = notice
        self._test = ConnectionTest(choice.newClient)
        self._test.finished.connect(self._onTested)
        self._agreedTo: set[str] = set()
        self._shownLog: tuple[int, str] = (0, "")
        self._fillDevices()
        self._fillPrecisions()
        self.fillBundles()
        ui.commandEdit.text = choice.settings.command
        ui.logText.visible = False
        ui.bundleComboBox.connect("activated(int)", self._onBundle)
        ui.deviceComboBox.connect("activated(int)", self._onDevice)
        ui.precisionComboBox.connect("activated(int)", self._onPrecision)
        ui.commandEdit.connect("editingFinished()", self._onCommand)
        ui.testConnectionButton.connect("clicked()", self._onTest)
        ui.restartButton.connect("clicked()", self._onRestart)
        ui.logButton.connect("toggled(bool)", self._onLog)
        choice.changed.connect(self._useNewClient)
        worker.mayStart = self.hasAgreed
        worker.fellSilent.connect(self._onSilent)
        if choice.problem:
            text = _("The worker that was chosen is not used, the model runs here: {why}.")
            notice.show(Message(Level.WARNING, text.format(why=choice.problem)))

    def hasAgreed(self) -> bool:
        """Say whether images stay here, or may leave for the chosen worker."""
        settings = self._choice.settings
        return not settings.isRemote or settings.command in self._agreedTo

    def askToAgree(self) -> bool:
        """Ask, once a session, before anything is sent to another computer."""
        settings = self._choice.settings
        if self.hasAgreed():
            return True
        question = _(
            "The volume you segment will be sent to the worker started with\n\n{command}\n\n"
            "Is that host allowed to see this patient's images?"
        )
        if slicer.util.confirmYesNoDisplay(plainText(question.format(command=settings.command))):
            self._agreedTo.add(settings.command)
            return True
        return False

    def fillBundles(self) -> None:
        """List the models there are."""
        box = self._ui.bundleComboBox
        box.clear()
        box.addItem(_("Built-in"), "")
        for name, folder in self._choice.installed():
            box.addItem(name, str(folder))
        chosen = self._choice.settings.bundle
        if chosen and box.findData(chosen) < 0:
            box.addItem(Path(chosen).name, chosen)
        box.setCurrentIndex(box.findData(chosen))

    def poll(self) -> None:
        """Go on with what is under way."""
        self._test.poll()
        self.refresh()

    def close(self) -> None:
        """End what is under way."""
        self._test.stop()

    def refresh(self) -> None:
        """Bring the log up to date while it is shown."""
        if not self._ui.logButton.checked:
            return
        log = self._worker.log
        shown = (len(log), log[-1] if log else "")
        if shown != self._shownLog:
            self._shownLog = shown
            self._ui.logText.setPlainText("\n".join(log))
            bar = self._ui.logText.verticalScrollBar()
            bar.setValue(bar.maximum)

    def _fillDevices(self) -> None:
        box = self._ui.deviceComboBox
        names = {"auto": _("Automatic"), "cpu": "CPU", "cuda": "CUDA", "mps": "Apple GPU (MPS)"}
        for device, name in names.items():
            box.addItem(name, device)
        box.setCurrentIndex(max(box.findData(self._choice.settings.device), 0))

    def _fillPrecisions(self) -> None:
        box = self._ui.precisionComboBox
        box.addItem(_("Automatic"), "auto")
        for name in ("float32", "bfloat16"):
            box.addItem(name, name)
        box.setCurrentIndex(max(box.findData(self._choice.settings.precision), 0))

    def _onBundle(self, index: int) -> None:
        self._choice.use(bundle=self._ui.bundleComboBox.itemData(index))

    def _onDevice(self, index: int) -> None:
        self._choice.use(device=self._ui.deviceComboBox.itemData(index))

    def _onPrecision(self, index: int) -> None:
        self._choice.use(precision=self._ui.precisionComboBox.itemData(index))

    def _onCommand(self) -> None:
        try:
            self._choice.use(command=self._ui.commandEdit.text.strip())
        except WorkerError as error:
            self._ui.commandEdit.text = self._choice.settings.command
            self._notice.show(Message(Level.ERROR, asSentence(str(error))))

    def _onTest(self) -> None:
        self._notice.show(Message(Level.NOTE, _("Starting the worker to see whether it answers …")))
        self._test.start()

    def _onTested(self, works: bool, message: str) -> None:
        if works:
            text = _("The worker answers. It runs on: {device}.").format(device=message)
            self._notice.show(Message(Level.NOTE, text))
        else:
            text = _("The worker does not answer: {why}.").format(why=message.splitlines()[0])
            self._notice.show(Message(Level.ERROR, text))

    def _onRestart(self) -> None:
        if self.askToAgree():
            self._notice.show(None)
            self._worker.restart()

    def _onSilent(self, message: str) -> None:
        text = _("The model does not answer: restart it, or wait.")
        self._notice.show(Message(Level.ERROR, text, _("Restart"), self._onRestart))

    def _onLog(self, on: bool) -> None:
        self._ui.logText.visible = on
        self.refresh()

    def _useNewClient(self) -> None:
        self.fillBundles()
        self._worker.useClient(self._choice.newClient())
