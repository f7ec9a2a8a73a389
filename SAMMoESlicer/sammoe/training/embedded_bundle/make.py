"""All stages in a row."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from ...bundle import Bundle, read_bundle
from ...model.sam_moe import SamMoE
from .bundle import summary, write_demo
from .experts import train_experts
from .gate import embedded_prompts, trained_gate
from .general import train_general
from .real_scans import measure_on_scans
from .recipe import TESTED_SCENES, TUNED_SCENES, DemoRecipe
from .study import study
from .threshold import set_thresholds
from .tissue import train_tissue
from .workshop import Workshop


def make_demo(
    workshop: Workshop, out: Path, recipe: DemoRecipe | None = None, *, scans: Path | None = None
) -> Bundle:
    """Do whatever is missing in the workshop's folder and write the bundle to `out`.

    Args:
        workshop: Folder and processes.
        out: The bundle's folder.
        recipe: How much of everything; None: as the committed bundle was made.
        scans: Folder of the project's real scans, to measure on; None: not measured on any.

    Raises:
        StoppedError: Somebody asked to stop; the same call goes on from there.
        CheckpointError: The folder holds the work of another recipe.
    """
    recipe = recipe or DemoRecipe()
    workshop.check_recipe(json.dumps(asdict(recipe), indent=2))
    store = workshop.scenes("scenes", range(recipe.scenes))
    tested_numbers = range(TESTED_SCENES, TESTED_SCENES + recipe.tested_scenes)
    tested = workshop.scenes("tested-scenes", tested_numbers)
    general = train_general(workshop, store, recipe)
    train_tissue(workshop, store, general, recipe)
    experts = train_experts(workshop, store, general, recipe)
    model = SamMoE(general.family, general=general.general, experts=experts).eval()
    tuned = workshop.scenes("tuned-scenes", range(TUNED_SCENES, TUNED_SCENES + recipe.tuned_scenes))
    cuts = set_thresholds(workshop, tuned, model, recipe)
    train = embedded_prompts(workshop, store, general, recipe, name="train")
    test = embedded_prompts(workshop, tested, general, recipe, name="test")
    gate = trained_gate(general, train, test, recipe)
    model.gate_network = gate.gate
    verdict = study(workshop, tested, model, gate.tau, recipe)
    if workshop.processes.is_first:
        fewer = [trained_gate(general, train, test, recipe, experts=e) for e in _fewer(recipe)]
        gates = [gate, *fewer]
        for line in summary(gates, verdict):
            workshop.say("%s", line)
        write_demo(out, model, train, recipe, gates=gates, verdict=verdict, cuts=cuts)
    workshop.processes.wait()
    bundle = read_bundle(out)
    return measure_on_scans(workshop, bundle, scans) if scans else bundle


def _fewer(recipe: DemoRecipe) -> Sequence[tuple[str, ...]]:
    """Return each expert alone and every two neighbours: the gate must do for few as well."""
    ids = [task.id for task in recipe.tasks]
    if len(ids) < 2:
        return ()
    pairs = list(pairwise(ids)) if len(ids) > 2 else []
    return [(expert,) for expert in ids] + pairs
