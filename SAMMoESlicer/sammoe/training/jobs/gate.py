"""A bundle's gate trained anew, measured, and written; no decoder changes."""

from dataclasses import dataclass, field

from ...bundle import Bundle, build_model
from ...errors import SAMMoEError
from ...options import GENERAL
from ..gate.fit import GateOptions
from ..loop.workshop import Workshop
from ..stages.gate import train_gate
from .bundle_update import least_taus
from .job import Job
from .routing import judged, prompts_for, written


@dataclass(frozen=True, kw_only=True)
class GateJob(Job):
    """A gate to train; samples of tasks without a folder come from the bundle's bank.

    Attributes:
        gate: How it is trained.
    """

    gate: GateOptions = field(default_factory=GateOptions)


def renew_gate(workshop: Workshop, bundle: Bundle, job: GateJob) -> Bundle:
    """Train, measure, and write the gate in one step.

    Raises:
        ForgettingError: The general model would lose too much; nothing is written.
        SAMMoEError: The bundle has no expert, or an expert has no samples.
    """
    if not bundle.card.experts:
        raise SAMMoEError(f"{bundle.path} has no expert to choose; add one: sammoe train-expert")
    model = build_model(bundle, workshop.device)
    general = job.general_views(workshop, bundle)
    tasks = job.task_views(workshop, bundle)
    gate = train_gate(
        model,
        prompts_for(workshop, bundle, model, {**tasks, GENERAL: general}, job.samples),
        least=least_taus(bundle.card, model.expert_ids),
        options=job.gate,
        sizes=bundle.card.gate_sizes,
    )
    judged(workshop, bundle, model, model, gate, general=general, tasks=tasks, options=job.measure)
    return written(bundle, bundle.card, gate)
