"""From labelled scans to one more expert in a bundle: train, cut, gate, measure, write."""

from dataclasses import dataclass, field, replace

from ...bundle import Bundle, ExpertCard, build_model
from ...bundle.card import GENERAL_FILE
from ...errors import SAMMoEError
from ...labelled_scans import ScanFolder
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..gate.calibrate import CalibratedGate
from ..gate.fit import GateOptions
from ..gate.prompts import GatePrompts, check_samples
from ..loop.schedule import TrainingOptions
from ..loop.workshop import Workshop
from ..samples.general_views import Views, scan_folds, scan_views, tasks_of
from ..stages.cuts import cut_views, set_cuts
from ..stages.expert import train_expert
from ..stages.folds import cross_validated
from ..stages.gate import grow_gate, train_gate
from ..stages.mixture import model_with
from ..stages.no_forgetting import Verdict
from .bundle_update import card_with_expert, least_taus, taus_of
from .fitted_options import fitted_options
from .job import Job
from .routing import judged, prompts_for, written


@dataclass(frozen=True, kw_only=True)
class ExpertJob(Job):
    """One expert to train; `tasks` are the others', for the gate, where the bundle has no bank.

    Attributes:
        card: Its id, name, colour, codes.
        data: Labelled scans; every label that is meant is the task.
        training: How the decoder is trained.
        folds: The patients it learns from are divided into so many folds, which say where in its
            schedule it stops; 0: it learns to the end.
        gate: How the gate is trained.
    """

    card: ExpertCard
    data: ScanFolder
    training: TrainingOptions = field(default_factory=TrainingOptions)
    folds: int = 0
    gate: GateOptions = field(default_factory=GateOptions)


def add_expert(workshop: Workshop, bundle: Bundle, job: ExpertJob) -> Bundle | None:
    """Train an expert and write it into its bundle; None in all processes but the first.

    Raises:
        StoppedError: Somebody asked to stop.
        ForgettingError: The general model would lose too much; nothing is written.
        SAMMoEError: Data cannot be used, or the gate lacks samples of another expert.
    """
    expert_id = job.card.id
    scenes = () if job.general.folder else (task.id for task in tasks_of(bundle.card))
    check_samples(bundle, {expert_id, *job.tasks, *scenes})
    model = build_model(bundle, workshop.device)
    views = scan_views(
        job.data, bundle.card, workshop.left_out, workshop.reporter, cache=job.general.cache
    )
    general = job.general_views(workshop, bundle)
    learnt_from = bundle.card.files[GENERAL_FILE]  # experts that join meanwhile change nothing
    identity = f"expert {expert_id} {learnt_from} {views.identity} {general.identity}"
    options = fitted_options(bundle.card, job.training)
    if job.folds:
        folds = scan_folds(
            job.data, bundle.card, workshop.left_out, workshop.reporter,
            count=job.folds, cache=job.general.cache,
        )  # fmt: skip
        found = cross_validated(
            workshop, model, expert_id, folds, options,
            identity=identity, measuring=job.measure, rehearsed=general.train,
        )  # fmt: skip
        workshop.say(found.line(job.measure.clicks))
        options = replace(options, stop_at=found.steps)
    decoder = train_expert(
        workshop, model, expert_id, views.train, options,
        identity=identity, rehearsed=general.train,
    )  # fmt: skip
    if not workshop.first_alone():
        return None
    tasks = _tasks(workshop, bundle, job, views)
    added = model_with(model, experts={expert_id: decoder})
    set_cuts(workshop, added, {expert_id: views.held_out}, views=cut_views(job.measure.samples))
    prompts = prompts_for(workshop, bundle, added, {**tasks, GENERAL: general}, job.samples)
    gate = _gate(bundle, model, added, prompts, job)
    verdict = judged(
        workshop, bundle, model, added, gate,
        general=general, tasks={expert_id: views}, options=job.measure,
    )  # fmt: skip
    card = card_with_expert(bundle.card, _described(job, views, verdict, options))
    return written(bundle, card, gate, experts={expert_id: decoder.state_dict()})


def check_new_id(bundle: Bundle, expert_id: str, *, replace_it: bool) -> None:
    """Check that an id is free, or may be taken again.

    Raises:
        SAMMoEError: The bundle has an expert of this id.
    """
    if expert_id in bundle.card.expert_ids and not replace_it:
        raise SAMMoEError(
            f"the bundle has an expert '{expert_id}' already; choose another --id, or --replace it"
        )


def _tasks(workshop: Workshop, bundle: Bundle, job: ExpertJob, views: Views) -> dict[str, Views]:
    """Return views of the new task, and of those others that have a folder or scenes."""
    scenes = bundle.gate_bank is None and job.general.folder is None
    return {**job.task_views(workshop, bundle, scenes=scenes), job.card.id: views}


def _gate(
    bundle: Bundle, before: SamMoE, added: SamMoE, prompts: GatePrompts, job: ExpertJob
) -> CalibratedGate:
    """Return the bundle's gate with the expert's column; a bundle's first one knows nothing yet."""
    least = least_taus(bundle.card, added.expert_ids)
    if before.gate_network is None:
        sizes = bundle.card.gate_sizes
        return train_gate(added, prompts, least=least, options=job.gate, sizes=sizes)
    tau = dict(zip(bundle.card.expert_ids, taus_of(bundle.card), strict=True))
    return grow_gate(
        added, before.gate_network, prompts, job.card.id, least=least, tau=tau, options=job.gate
    )


def _described(
    job: ExpertJob, views: Views, verdict: Verdict, options: TrainingOptions
) -> ExpertCard:
    chosen = f", {options.last_step} steps chosen by {job.folds}-fold cross-validation"
    text = job.card.trained_on or f"{views.scans} labelled scans"
    text += chosen if job.folds else ""
    dice = verdict.tasks[0].as_card(job.measure.clicks)
    return replace(job.card, dice=dice, trained_on=text)
