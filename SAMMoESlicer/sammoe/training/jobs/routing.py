"""How every job on a bundle ends: prompts for the gate, what the change costs, the new bundle."""

from collections.abc import Mapping

from torch import Tensor

from ...bundle import Bundle, BundleCard
from ...model.sam_moe import SamMoE
from ..gate.bank import carried_bank
from ..gate.calibrate import CalibratedGate
from ..gate.prompts import GatePrompts, GateSamples
from ..loop.workshop import Workshop
from ..samples.general_views import Views
from ..stages.gate import embed_prompts
from ..stages.mixture import Mixture, model_with
from ..stages.no_forgetting import MeasureOptions, Verdict, no_forgetting
from .bundle_update import card_with_taus, rewrite, taus_of


def knows_boxes(bundle: Bundle) -> bool:
    """Say whether some prompts a gate is shown are boxes."""
    return "box" in bundle.card.prompt_kinds


def prompts_for(
    workshop: Workshop,
    bundle: Bundle,
    model: SamMoE,
    views: Mapping[str, Views],
    samples: GateSamples,
) -> GatePrompts:
    """Return prompts of all of a model's experts; those without views come from the bundle.

    Args:
        workshop: Shares the work.
        bundle: With its bank, if it has one.
        model: With all experts.
        views: Of tasks by id, and of nobody's as 'general'.
        samples: How many.

    Raises:
        SAMMoEError: An expert has neither views nor prompts in the bundle's bank, or another
            command changed the bundle while this one trained.
    """
    bundle.place.check_unchanged()  # before the minutes that measuring takes
    return embed_prompts(
        workshop,
        model,
        views,
        samples,
        boxes=knows_boxes(bundle),
        carried=carried_bank(bundle, model.expert_ids),
    )


def judged(
    workshop: Workshop,
    bundle: Bundle,
    before: SamMoE,
    after: SamMoE,
    gate: CalibratedGate,
    *,
    general: Views,
    tasks: Mapping[str, Views],
    options: MeasureOptions,
) -> Verdict:
    """Return what a change costs and brings, on held-out views, and say it.

    Raises:
        ForgettingError: The general model would lose too much.
    """
    experts = dict(zip(after.expert_ids, after.expert_decoders, strict=True))
    verdict = no_forgetting(
        workshop,
        Mixture(before, taus_of(bundle.card)),
        Mixture(model_with(after, experts=experts, gate=gate.gate), gate.tau),
        general=general.held_out,
        tasks={expert_id: views.held_out for expert_id, views in tasks.items()},
        options=options,
    )
    for line in (gate.line(), *verdict.lines()):
        workshop.say(line)
    verdict.check(force=options.force)
    return verdict


def written(
    bundle: Bundle,
    card: BundleCard,
    gate: CalibratedGate,
    *,
    experts: Mapping[str, Mapping[str, Tensor]] | None = None,
) -> Bundle:
    """Write a bundle with its new gate, thresholds and experts in the old one's place."""
    return rewrite(
        bundle,
        card_with_taus(card, gate.tau),
        new_experts=experts,
        gate=gate.gate,
        bank=gate.bank,
    )
