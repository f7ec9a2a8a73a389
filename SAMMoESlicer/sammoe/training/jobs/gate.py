"""A bundle's gate trained anew, measured, and written; no decoder changes."""

from dataclasses import dataclass, field

from ...bundle import Bundle, build_model
from ...errors import SAMMoEError
from ...labelled_scans import ScanFolder
from ..gate.fit import GateOptions
from ..gate.prompts import GateSamples
from ..loop.workshop import Workshop
from ..samples.general_views import GeneralData
from ..samples.task_views import views_of_tasks
from ..stages.gate import train_gate
from ..stages.no_forgetting import MeasureOptions
from .bundle_update import least_taus
from .routing import judged, prompts_for, written


@dataclass(frozen=True)
class GateJob:
    """A gate to train.

    Attributes:
        tasks: Folders of experts' tasks by id; the others' samples come from the bundle's bank.
        general: Where general samples come from.
        samples: How many prompts are embedded.
        gate: How it is trained.
        measure: How much is measured.
    """

    tasks: dict[str, ScanFolder] = field(default_factory=dict)
    general: GeneralData = field(default_factory=GeneralData)
    samples: GateSamples = field(default_factory=GateSamples)
    gate: GateOptions = field(default_factory=GateOptions)
    measure: MeasureOptions = field(default_factory=MeasureOptions)


def renew_gate(workshop: Workshop, bundle: Bundle, job: GateJob) -> Bundle:
    """Train, measure, and write the gate in one step.

    Raises:
        ForgettingError: The general model would lose too much; nothing is written.
        SAMMoEError: The bundle has no expert, or an expert has no samples.
    """
    if not bundle.card.experts:
        raise SAMMoEError(f"{bundle.path} has no expert to choose; add one: sammoe train-expert")
    model = build_model(bundle, workshop.device)
    general = job.general.views(bundle.card, workshop.left_out, workshop.reporter)
    tasks = views_of_tasks(
        bundle, job.tasks, job.general, workshop.left_out, workshop.reporter,
        scenes=job.general.folder is None,
    )  # fmt: skip
    gate = train_gate(
        model,
        prompts_for(workshop, bundle, model, tasks, general, job.samples),
        least=least_taus(bundle.card, model.expert_ids),
        options=job.gate,
        sizes=bundle.card.gate_sizes,
    )
    judged(workshop, bundle, model, model, gate, general=general, tasks=tasks, options=job.measure)
    return written(bundle, bundle.card, gate)
