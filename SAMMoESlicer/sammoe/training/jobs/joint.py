"""Gate and experts of a bundle trained together, cut, calibrated, measured, written."""

import copy
from dataclasses import dataclass, field

from ...bundle import Bundle, build_model
from ...errors import SAMMoEError
from ...options import GENERAL
from ..gate.calibrate import calibrated
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..samples.general_views import Views
from ..stages.cuts import cut_views, set_cuts
from ..stages.joint import train_joint
from .bundle_update import least_taus
from .fitted_options import fitted_options
from .job import Job
from .routing import judged, prompts_for, written


@dataclass(frozen=True, kw_only=True)
class JointJob(Job):
    """A joint training; without any `tasks`, synthetic scenes where they fit.

    Attributes:
        training: Length, rate, batch.
    """

    training: TrainingOptions = field(default_factory=TrainingOptions)


def train_together(workshop: Workshop, bundle: Bundle, job: JointJob) -> Bundle | None:
    """Train, measure, and write gate and experts; None in all processes but the first.

    Raises:
        StoppedError: Somebody asked to stop.
        ForgettingError: The general model would lose too much; nothing is written.
        SAMMoEError: No gate, or an expert without views of its task.
    """
    if not bundle.card.has_gate or not bundle.card.experts:
        raise SAMMoEError(f"{bundle.path} has no gate to train; use sammoe train-gate first")
    before = build_model(bundle, workshop.device)
    model = copy.deepcopy(before)
    general = job.general_views(workshop, bundle)
    tasks = _tasks(workshop, bundle, job)
    views = {name: source.train for name, source in {**tasks, GENERAL: general}.items()}
    identities = [(expert_id, tasks[expert_id].identity) for expert_id in model.expert_ids]
    train_joint(
        workshop,
        model,
        views,
        fitted_options(bundle.card, job.training),
        identity=f"joint {bundle.card.files} {identities} {general.identity}",
    )
    if not workshop.first_alone():
        return None
    held_out = {name: source.held_out for name, source in tasks.items()}
    set_cuts(workshop, model, held_out, views=cut_views(job.measure.samples))
    prompts = prompts_for(workshop, bundle, model, {**tasks, GENERAL: general}, job.samples)
    assert model.gate_network is not None
    least = least_taus(bundle.card, model.expert_ids)
    gate = calibrated(model.gate_network.cpu(), prompts, least=least)
    gate.gate.to(workshop.device)
    judged(workshop, bundle, before, model, gate, general=general, tasks=tasks, options=job.measure)
    experts = {name: model.decoder(name).state_dict() for name in model.expert_ids}
    return written(bundle, bundle.card, gate, experts=experts)


def _tasks(workshop: Workshop, bundle: Bundle, job: JointJob) -> dict[str, Views]:
    tasks = job.task_views(workshop, bundle)
    if missing := [name for name in bundle.card.expert_ids if name not in tasks]:
        raise SAMMoEError(
            f"there are no views of the task of {', '.join(missing)}; name a folder for each: "
            "--task ID=DIR"
        )
    return {name: tasks[name] for name in bundle.card.expert_ids}
