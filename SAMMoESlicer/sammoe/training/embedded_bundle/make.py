"""The embedded default, from nothing to its bundle: the stages in a row, with numbers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

from ...bundle import Bundle
from ...labelled_scans import ScanFolder
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..gate.calibrate import CalibratedGate
from ..gate.prompts import GatePrompts
from ..loop.workshop import Workshop
from ..samples.tasks import TUMOUR
from ..sheet import ValidationSheet
from ..stages.cuts import set_cuts
from ..stages.expert import train_expert
from ..stages.extent import train_extent
from ..stages.folds import CrossValidated, cross_validated
from ..stages.gate import embed_prompts, train_gate
from ..stages.general import fresh_model, train_general
from ..stages.mixture import Mixture, model_with
from ..stages.no_forgetting import no_forgetting
from ..stages.second import train_second_decoder
from ..stages.tissue import train_tissue
from .card import new_card, summary, write_embedded
from .real_scans import RealScans, measure_on_scans
from .recipe import EmbeddedRecipe
from .scenes import RecipeViews, recipe_views


def make_embedded(
    workshop: Workshop,
    out: Path,
    recipe: EmbeddedRecipe | None = None,
    *,
    anatomy: Path | None = None,
    tumours: ScanFolder | None = None,
    tumour_source: str = "",
    scans: RealScans | None = None,
) -> Bundle | None:
    """Do whatever is missing in the workshop's folder and write the bundle to `out`.

    Args:
        workshop: Folder and processes.
        out: The bundle's folder.
        recipe: How much of everything; None: as the committed bundle was made.
        anatomy: Folder of the label maps of real bodies; None: geometric scenes alone.
        tumours: Patients' scans the tumour expert learns from; None: there is no such expert.
        tumour_source: Whose scans these are and under which licence, for the card.
        scans: Real scans to measure on; None: not measured on any.

    Returns:
        The bundle; None in all processes but the first.

    Raises:
        StoppedError: Somebody asked to stop; the same call goes on from there.
        CheckpointError: The folder holds the work of another recipe.
    """
    recipe = recipe or EmbeddedRecipe()
    if tumours is None:
        recipe = replace(recipe, experts=tuple(i for i in recipe.experts if i != TUMOUR))
    workshop.check_recipe(json.dumps(asdict(recipe), indent=2))
    views = recipe_views(workshop, recipe, anatomy=anatomy, tumours=tumours)
    of = f"embedded default, {views.identity}"

    general = fresh_model("compact", recipe.sizes, seed=recipe.general.seed, device=workshop.device)
    sheet = ValidationSheet(workshop, views.held_out, recipe.tasks, recipe.sheet)
    card = new_card(recipe)
    train_general(
        workshop, general, views.anything, recipe.general, identity=f"{of}, general",
        inspection=sheet.during(
            "general", recipe.general.last_step, card,
            lambda learnt: SamMoE(learnt.backbone, general=learnt.decoder),
        ),
    )  # fmt: skip
    train_tissue(workshop, general, views.tissue, recipe.tissue, identity=f"{of}, tissue")
    learning = {task.id: recipe.expert for task in recipe.tasks}
    if views.tumour_folds:
        found = _tumour_folds(workshop, general, views, recipe, of)
        learning[TUMOUR] = replace(recipe.expert, stop_at=found.steps)
        tumour_source += f"; {found.steps} steps, chosen by {found.folds}-fold cross-validation"
    experts = {
        expert_id: train_expert(
            workshop, general, expert_id, views.tasks[expert_id].train, options,
            identity=f"{of}, expert {expert_id}", rehearsed=views.tasks[GENERAL].train,
        )
        for expert_id, options in learning.items()
    }  # fmt: skip
    general.second_decoder = train_second_decoder(
        workshop, general, views.boxed, recipe.second, identity=f"{of}, second",
        inspection=sheet.during(
            "second", recipe.second.last_step, card,
            lambda learnt: SamMoE(
                general.family, general=general.general, second_decoder=learnt.decoder
            ),
        ),
    )  # fmt: skip
    model = model_with(general, experts=experts)
    drawn = {task: views.tasks[task].train for task in experts} | {GENERAL: views.anything}
    train_extent(workshop, model, drawn, recipe.extent, identity=f"{of}, extent")
    cuts = set_cuts(workshop, model, views.tuned, views=recipe.cut_views)
    prompts = embed_prompts(workshop, model, views.tasks, recipe.prompts)
    gate = _gate(model, prompts, recipe)
    verdict = no_forgetting(
        workshop,
        Mixture(general),
        Mixture(model_with(model, gate=gate.gate), gate.tau),
        general=views.tasks[GENERAL].held_out,
        tasks={task.id: views.tasks[task.id].held_out for task in recipe.tasks},
        options=recipe.measure,
    )
    if not workshop.first_alone():
        return None
    gates = {prompts.columns[:-1]: gate} | {
        some: _gate(model, prompts.among(some), recipe) for some in _fewer(recipe)
    }
    for line in summary(gates, verdict):
        workshop.say(line)
    bundle = write_embedded(
        out, model, prompts.train, recipe, gates=gates, verdict=verdict, cuts=cuts,
        tumours=f"{views.scans} scans of patients ({tumour_source})" if tumours else "",
    )  # fmt: skip
    sheet.look("mixture", 0, model_with(model, gate=gate.gate), bundle.card)
    return measure_on_scans(workshop, bundle, scans) if scans else bundle


def _tumour_folds(
    workshop: Workshop, general: SamMoE, views: RecipeViews, recipe: EmbeddedRecipe, of: str
) -> CrossValidated:
    """Return after how many steps the tumour expert is best for patients it did not see."""
    found = cross_validated(
        workshop, general, TUMOUR, views.tumour_folds, recipe.expert,
        identity=f"{of}, expert {TUMOUR}", measuring=recipe.measure,
        rehearsed=views.tasks[GENERAL].train,
    )  # fmt: skip
    workshop.say(found.line(recipe.measure.clicks))
    return found


def _gate(model: SamMoE, prompts: GatePrompts, recipe: EmbeddedRecipe) -> CalibratedGate:
    least = [task.least_tau for task in recipe.tasks if task.id in prompts.columns]
    return train_gate(model, prompts, least=least, options=recipe.gate)


def _fewer(recipe: EmbeddedRecipe) -> Sequence[tuple[str, ...]]:
    """Return each expert alone and every two neighbours: the gate must do for few as well."""
    ids = [task.id for task in recipe.tasks]
    if len(ids) < 2:
        return ()
    pairs = list(pairwise(ids)) if len(ids) > 2 else []
    return [(expert,) for expert in ids] + pairs
