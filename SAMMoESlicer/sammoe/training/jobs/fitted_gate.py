"""A gate fitted to labelled scans, as the product asks it there; it keeps what it knows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial

from ...bundle import Bundle, build_model
from ...engine import Predictor
from ...errors import SAMMoEError
from ...evaluation import Case
from ...options import GENERAL
from ..gate.bank import carried_bank
from ..gate.prompts import FurtherPrompts, GateSamples
from ..loop.workshop import Workshop
from ..samples.general_views import GeneralData
from ..samples.tasks import TUMOUR
from ..stages.gate import embed_held_out, refit_gate
from ..stages.no_forgetting import MeasureOptions
from .asked import prompts_asked
from .bundle_update import taus_of
from .routing import judged, knows_boxes, written


@dataclass(frozen=True, kw_only=True)
class FittedGateJob:
    """What a gate is fitted to.

    Attributes:
        cases: Objects of labelled scans; `expert` says whose task each is.
        users: How many users try every object.
        beside: Patterns of names of scans whose places without a label are nobody's.
        bodies: Where prompts come from that set biases.
        samples: How many of these.
        measure: How much is measured.
    """

    cases: Sequence[Case]
    users: int = 4
    beside: tuple[str, ...] = ()
    bodies: GeneralData = field(default_factory=GeneralData)
    samples: GateSamples = field(default_factory=GateSamples)
    measure: MeasureOptions = field(default_factory=MeasureOptions)


def fit_gate_further(workshop: Workshop, bundle: Bundle, job: FittedGateJob) -> Bundle:
    """Ask, fit, measure, and write the gate in one step.

    Raises:
        ForgettingError: The general model would lose too much; nothing is written.
        SAMMoEError: The bundle has no gate with a bank of what it was trained with.
    """
    model = build_model(bundle, workshop.device)
    carried = carried_bank(bundle, model.expert_ids)
    if model.gate_network is None or carried is None:
        raise SAMMoEError(
            f"{bundle.path} has no gate with prompts of what it knows; train one: sammoe train-gate"
        )
    general = job.bodies.views(bundle.card, workshop.left_out, workshop.reporter)
    tasks = job.bodies.task_views(bundle.card, workshop.reporter)
    tasks.pop(TUMOUR, None)  # masses that are painted say little of a patient's
    new = prompts_asked(
        Predictor.from_bundle(bundle.path, workshop.device.type),
        job.cases,
        users=job.users,
        beside=lambda scan: any(fnmatchcase(scan, pattern) for pattern in job.beside),
        on_case=partial(_asking, workshop),
    )
    held_out = embed_held_out(
        workshop, model, {**tasks, GENERAL: general}, job.samples, boxes=knows_boxes(bundle)
    )
    prompts = FurtherPrompts((*model.expert_ids, GENERAL), new, carried, held_out)
    gate = refit_gate(model.gate_network, prompts, tau=taus_of(bundle.card))
    judged(workshop, bundle, model, model, gate, general=general, tasks=tasks, options=job.measure)
    return written(bundle, bundle.card, gate)


def _asking(workshop: Workshop, done: int, total: int) -> None:
    """Say how far the product has been asked, and leave where somebody asked to stop."""
    workshop.check_wanted("while asking the product")
    workshop.reporter.count("asking the product", done, total)
