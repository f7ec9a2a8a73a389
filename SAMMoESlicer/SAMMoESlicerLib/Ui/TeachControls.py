"""The section 'Teach': examples above, the expert trained from them below."""

from collections.abc import Callable
from typing import Any

from sammoe.worker import WorkerClient

from ..Bridge import Structure
from ..BundleChoice import BundleChoice
from ..ExpertTraining import ExpertTraining
from ..ModelInstaller import ModelInstaller
from ..Phase import Phase
from ..ScanRanking import ScanRanking
from ..SegmentationSession import SegmentationSession
from ..Teaching import Teaching
from ..TrainingPlanner import TrainingPlanner
from ..WorkerSettings import Store
from .Dependencies import Dependencies
from .ExpertUse import ExpertUse
from .Messages import Messages
from .TeachSection import TeachSection
from .TrainingSection import TrainingSection


class TeachControls:
    """Puts both halves together.

    Args:
        ui: The panel's widgets.
        session: Whose chosen segment is submitted.
        training: Trains experts from the user's examples.
        choice: The model that gets an expert.
        installer: Copies the new model to the others.
        dependencies: Installs what training needs, on first use.
        store: The user's settings.
        structureNamed: Returns what is called so, with its codes, or None.
        messages: Where is said what happened.
    """

    def __init__(
        self,
        ui: Any,
        session: SegmentationSession,
        training: ExpertTraining,
        *,
        choice: BundleChoice,
        installer: ModelInstaller,
        dependencies: Dependencies,
        store: Store,
        structureNamed: Callable[[str], Structure | None],
        messages: Messages,
    ) -> None:
        ranking = ScanRanking(
            lambda bundle: WorkerClient(bundle=bundle or None, threads=1),
            mayWork=lambda: session.worker.phase is not Phase.WORKING,
        )
        self.teaching = Teaching(session, store, ranking)
        self.examples = TeachSection(
            ui,
            session,
            self.teaching,
            choice=choice,
            onDone=messages.note,
            onFailed=messages.warn,
        )
        self.training = TrainingSection(
            ui,
            self.teaching,
            training,
            TrainingPlanner(self.teaching, choice, store, structureNamed),
            ExpertUse(ui, training, choice, installer, onFailed=messages.warn),
            dependencies=dependencies,
            onFailed=messages.warn,
        )

    def keys(self) -> dict[str, Callable[[], object]]:
        """Return what each key does."""
        return {"Ctrl+Return": self.examples.submit, "Ctrl+Enter": self.examples.submit}

    def refresh(self) -> None:
        """Bring both halves up to date."""
        self.examples.refresh()
        self.training.refresh()

    def poll(self) -> None:
        """See what was written, and how far a training is."""
        self.examples.poll()
        self.training.poll()

    def close(self) -> None:
        """Let a training write its checkpoint, and examples be finished; this does not wait."""
        self.training.close()
        self.teaching.close()
