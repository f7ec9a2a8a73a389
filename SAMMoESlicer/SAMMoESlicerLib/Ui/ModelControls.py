"""Which model is used and where it runs: chosen, downloaded, installed, started."""

from typing import Any

from ..BundleChoice import BundleChoice
from ..ModelInstaller import Checkpoint, ModelInstaller
from ..SegmentationSession import SegmentationSession
from ..WorkerSettings import Store
from .BundleMenu import BundleMenu
from .Dependencies import Dependencies
from .FirstRun import FirstRun
from .Messages import Messages
from .Notice import Notice
from .WeightsSection import WeightsSection
from .WorkerSection import WorkerSection
from .WorkerStart import WorkerStart


class ModelControls:
    """Keeps everything that is about the model's files and its worker.

    Attributes:
        workerStart: Starts the worker, and asks the user for what that needs.
        firstRun: Asks once which model to begin with.

    Args:
        ui: The panel's widgets.
        session: Its worker runs the model.
        choice: Model, device, host.
        installer: Downloads and installs models.
        checkpoint: Published weights that can be downloaded.
        dependencies: Installs what the worker needs, on first use.
        store: The user's settings.
        notice: Where the result of 'Test' is said.
        messages: Says why the worker does not run.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        *,
        choice: BundleChoice,
        installer: ModelInstaller,
        checkpoint: Checkpoint,
        dependencies: Dependencies,
        store: Store,
        notice: Notice,
        messages: Messages,
    ) -> None:
        self._installer = installer
        self._worker = WorkerSection(ui, session.worker, choice, notice)
        self.workerStart = WorkerStart(session, choice, self._worker, messages, dependencies)
        self._weights = WeightsSection(ui, installer, choice, checkpoint)
        self.firstRun = FirstRun(ui, store, choice, checkpoint, self._weights)
        self._bundleMenu = BundleMenu(ui, installer, choice)

    def poll(self) -> None:
        """Go on with what is under way."""
        self._worker.poll()
        self._installer.poll()

    def refresh(self) -> None:
        """Bring every widget up to date."""
        self._worker.refresh()
        self._weights.refresh()

    def close(self) -> None:
        """End what is under way."""
        self._installer.cancel()
        self._worker.close()
