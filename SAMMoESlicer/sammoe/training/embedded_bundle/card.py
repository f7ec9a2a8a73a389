"""The bundle, with a card that says how it was made and what it is worth."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from ...bundle import Bundle, BundleCard, ExpertCard, InputCard, write_bundle
from ...bundle.difference import packed
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..gate.bank import GateBank, bank_state, fitting_bank
from ..gate.calibrate import CalibratedGate
from ..samples.tasks import TUMOUR, Task
from ..stages.no_forgetting import TaskNumbers, Verdict
from .recipe import EmbeddedRecipe
from .rounded import rounded

Gates = Mapping[tuple[str, ...], CalibratedGate]
"""The gate of all experts first, then those of some of them, by the experts' ids."""
COMMAND = "make train-demo"
DATA = (
    "label maps of real bodies with grey values made anew for every view (Resources/Anatomy; "
    "licences in THIRD_PARTY.md there) and geometric scenes"
)
BANK_BYTES = 2 << 20
"""Half of what a bundle may carry: every version of it stays in the repository's history."""


def new_card(recipe: EmbeddedRecipe) -> BundleCard:
    """Return the card of the bundle before anything is trained."""
    return BundleCard(
        name="Embedded default",
        version="0.9",
        license="Apache-2.0",
        architecture="compact",
        sizes=recipe.sizes,
        intended_use="Trying out the software; research only, not a medical device.",
        input=InputCard(
            patch_size=recipe.sizes.get("patch_size", 64),
            spacing_mm=None,
            normalisation="window",
            crop="auto-zoom",
        ),
        prompt_kinds=("points", "box", "mask", "curve"),
    )


def write_embedded(
    out: Path,
    model: SamMoE,
    bank: GateBank,
    recipe: EmbeddedRecipe,
    *,
    gates: Gates,
    verdict: Verdict,
    cuts: dict[str, list[float]],
    tumours: str = "",
) -> Bundle:
    """Write the bundle.

    Args:
        out: Its folder.
        model: With experts and gate.
        bank: What the gate was trained with; as much of it as fits is kept.
        recipe: How it was made.
        gates: The gate of all experts, and those of some of them, tested for the card.
        verdict: What experts and gate are worth.
        cuts: What each decoder's logits are lowered by, for one click, for more, for a box alone.
        tumours: Which scans of patients the tumour expert learnt from; empty: none.
    """
    gate = next(iter(gates.values()))
    cards = tuple(
        _expert_card(task, numbers, tau, recipe.measure.clicks, tumours)
        for task, numbers, tau in zip(recipe.tasks, verdict.tasks, gate.tau, strict=True)
    )
    decoders = zip(model.expert_ids, model.expert_decoders, strict=True)
    return write_bundle(
        out,
        _bundle_card(recipe, cards, gates, verdict, cuts, tumours),
        general=model.general_state_dict(),
        second_decoder=_second_decoder(model),
        experts={expert_id: decoder.state_dict() for expert_id, decoder in decoders},
        gate=rounded(gate.gate),
        gate_bank=bank_state(fitting_bank(bank, BANK_BYTES)),
    )


def _second_decoder(model: SamMoE) -> dict[str, Tensor] | None:
    """Return a second general decoder's differences to the first one as it is stored."""
    if model.second_decoder is None:
        return None
    stored = {name: value.half() for name, value in model.general.state_dict().items()}
    return packed(model.second_decoder.state_dict(), stored)


def _expert_card(
    task: Task, numbers: TaskNumbers, tau: float, clicks: int, tumours: str
) -> ExpertCard:
    scans = f"{tumours} and " if task.id == TUMOUR else ""
    return ExpertCard(
        id=task.id,
        name=task.name,
        description=task.description,
        terminology=task.terminology,
        color=task.color,
        trained_on=f"{scans}painted label maps of real bodies (Resources/Anatomy)",
        dice=numbers.as_card(clicks),
        tau=tau,
        least_tau=task.least_tau,
    )


def _bundle_card(
    recipe: EmbeddedRecipe,
    experts: tuple[ExpertCard, ...],
    gates: Gates,
    verdict: Verdict,
    cuts: dict[str, list[float]],
    tumours: str,
) -> BundleCard:
    return replace(
        new_card(recipe),
        training={
            "command": COMMAND,
            "data": f"{DATA}; {tumours}" if tumours else f"{DATA}; no image of a patient",
            "recipe": asdict(recipe),
            "logits are lowered by, for one click, for more, for a box alone": cuts,
            "measured on": "bodies and scenes nothing was trained on; the gate's thresholds are "
            "calibrated on other prompts in them",
            f"general tasks, Dice after {recipe.measure.clicks} clicks": _rounded(
                {"before": verdict.before, "after": verdict.after}
            ),
            "general prompts sent to an expert": round(verdict.misrouted, 3),
            "prompts that get home, by the experts there are": {
                ", ".join(experts): _rounded(gate.routed) for experts, gate in gates.items()
            },
        },
        experts=experts,
    )


def _rounded(values: dict[str, float]) -> dict[str, Any]:
    return {name: round(value, 3) for name, value in values.items()}


def summary(gates: Gates, verdict: Verdict) -> list[str]:
    """Return what the card says of gate and experts, as lines to read."""
    lines = verdict.lines()
    for experts, gate in gates.items():
        homes = ", ".join(f"{name} {share:.0%}" for name, share in gate.routed.items())
        lines.append(f"gate of {len(experts)}: {homes}; tau {gate.tau}")
    gained = sum(task.alone - task.general for task in verdict.tasks)
    kept = sum(task.mixture - task.general for task in verdict.tasks)
    if gained > 0:
        lines.append(f"of the experts' gain over '{GENERAL}' the mixture keeps {kept / gained:.0%}")
    return lines
