"""What every job on a bundle's experts is given."""

from dataclasses import dataclass, field

from ...bundle import Bundle
from ...labelled_scans import ScanFolder
from ..gate.prompts import GateSamples
from ..loop.workshop import Workshop
from ..samples.general_views import GeneralData, Views
from ..samples.task_views import views_of_tasks
from ..stages.no_forgetting import MeasureOptions


@dataclass(frozen=True, kw_only=True)
class Job:
    """Where samples come from, how many the gate sees, how much is measured.

    Attributes:
        tasks: Folders of experts' tasks by id.
        general: Where general samples come from.
        samples: How many prompts the gate learns from, or its thresholds are set with.
        measure: How much is measured.
    """

    tasks: dict[str, ScanFolder] = field(default_factory=dict)
    general: GeneralData = field(default_factory=GeneralData)
    samples: GateSamples = field(default_factory=GateSamples)
    measure: MeasureOptions = field(default_factory=MeasureOptions)

    def general_views(self, workshop: Workshop, bundle: Bundle) -> Views:
        """Return general samples as a bundle looks."""
        return self.general.views(bundle.card, workshop.left_out, workshop.reporter)

    def task_views(
        self, workshop: Workshop, bundle: Bundle, *, scenes: bool | None = None
    ) -> dict[str, Views]:
        """Return views of the tasks by id.

        Args:
            workshop: Told of scans that cannot be used, and how far it is.
            bundle: Whose experts.
            scenes: Synthetic scenes, too, for tasks that have some and no folder; None: where
                general samples are no scans either.
        """
        return views_of_tasks(
            bundle,
            self.tasks,
            self.general,
            workshop.left_out,
            workshop.reporter,
            scenes=self.general.folder is None if scenes is None else scenes,
        )
