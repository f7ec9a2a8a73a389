"""A bundle's gate trained anew or further, measured, and written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch

from ...bundle import Bundle, build_model
from ...errors import SAMMoEError
from ...labelled_scans import LeftOut, ScanFolder
from ...model.sam_moe import SamMoE
from ..gate.fit import GateOptions
from ..gate.update import CalibratedGate, GateSamples, updated_gate
from ..loop.reporter import Reporter
from ..samples.general_views import GeneralData, TwoSources
from ..samples.task_views import views_of_tasks
from .bundle_update import card_with_thresholds, rewrite, thresholds
from .expert import MeasureOptions
from .no_forgetting import Verdict, compare


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


def train_bundle_gate(
    bundle: Bundle, job: GateJob, *, device: torch.device, reporter: Reporter, left_out: LeftOut
) -> tuple[Bundle, Verdict]:
    """Train, measure, and write the gate in one step; no decoder changes.

    Raises:
        ForgettingError: The general model would lose too much; nothing is written.
        SAMMoEError: The bundle has no expert, or an expert has no samples.
    """
    if not bundle.card.experts:
        raise SAMMoEError(f"{bundle.path} has no expert to choose; add one: sammoe train-expert")
    model = build_model(bundle, device)
    general = job.general.views(bundle.card, left_out, reporter)
    tasks = views_of_tasks(
        bundle, job.tasks, job.general, left_out, reporter, scenes=job.general.folder is None
    )
    gate = updated_gate(
        bundle,
        model,
        tasks,
        general,
        size=bundle.card.input.patch_size,
        samples=job.samples,
        options=job.gate,
        reporter=reporter,
    )
    verdict = judged(
        bundle, model, with_gate(model, gate), gate, general, tasks, measure=job.measure
    )
    for line in (gate.line(), *verdict.lines()):
        reporter.say(line)
    verdict.check(force=job.measure.force)
    card = card_with_thresholds(bundle.card, gate.tau)
    return rewrite(bundle, card, gate=gate.gate, bank=gate.bank), verdict


def with_gate(model: SamMoE, gate: CalibratedGate) -> SamMoE:
    """Return a model that shares all parts with `model` but the gate."""
    experts = dict(zip(model.expert_ids, model.expert_decoders, strict=True))
    return SamMoE(model.family, general=model.general, experts=experts, gate=gate.gate).eval()


def judged(
    bundle: Bundle,
    before: SamMoE,
    after: SamMoE,
    gate: CalibratedGate,
    general: TwoSources,
    tasks: Mapping[str, TwoSources],
    *,
    measure: MeasureOptions,
) -> Verdict:
    """Return what the change costs and brings, on held-out views."""
    return compare(
        before,
        after,
        tau_before=thresholds(bundle.card),
        tau_after=gate.tau,
        general=general.held_out,
        tasks={expert_id: views.held_out for expert_id, views in tasks.items()},
        samples=measure.samples,
        clicks=measure.clicks,
        size=bundle.card.input.patch_size,
    )
