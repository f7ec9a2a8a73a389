"""Stage 6: what the experts bring and what they cost, on scenes nothing was trained on."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..samples.tasks import as_shown, general_wanted
from ..samples.views import SyntheticViews
from ..stages.measure import MOE, measure
from ..stages.no_forgetting import TaskNumbers, Verdict
from ..synthetic.scenes import SceneStore
from .recipe import DemoRecipe
from .workshop import Workshop

CLICKS = 5
GENERAL_PARTS = 3
"""General objects are three times as many as those of a task."""


@dataclass(frozen=True)
class Unit:
    """A part of the study one process does: objects of one task, or general ones.

    Attributes:
        name: An expert's id or 'general'.
        seed: Decides the objects.
    """

    name: str
    seed: int = 99


def study(
    workshop: Workshop, store: SceneStore, model: SamMoE, tau: list[float], recipe: DemoRecipe
) -> Verdict:
    """Return Dice after five clicks of general decoder, experts and mixture.

    Args:
        workshop: Shares the work among its processes and keeps what was measured.
        store: Held-out scenes.
        model: With experts and gate.
        tau: One threshold an expert.
        recipe: How many objects.
    """
    units = [Unit(GENERAL, 99 + part) for part in range(GENERAL_PARTS)]
    units += [Unit(task.id) for task in recipe.tasks]
    wanted = {task.id: task.wanted for task in recipe.tasks}
    wanted[GENERAL] = general_wanted(recipe.tasks)

    def measured(unit: Unit) -> dict[str, Tensor]:
        views = SyntheticViews(store, as_shown(wanted[unit.name]))
        decoders = (GENERAL, MOE) if unit.name == GENERAL else (GENERAL, unit.name, MOE)
        found = measure(
            model, tau, views, decoders=decoders, samples=recipe.measured, clicks=CLICKS,
            size=model.family.patch_size, seed=unit.seed,
        )  # fmt: skip
        routed = {"routed": found.routed[unit.name]}
        return {name: torch.tensor(value) for name, value in (found.dice | routed).items()}

    def known(unit: Unit) -> dict[str, float]:
        state = workshop.kept(f"study-{unit.name}-{unit.seed}", lambda: measured(unit))
        return {name: float(value) for name, value in state.items()}

    for n in workshop.share(range(len(units))):
        known(units[n])
    workshop.processes.wait()
    general = [known(unit) for unit in units[:GENERAL_PARTS]]
    tasks = []
    for unit in units[GENERAL_PARTS:]:
        found = known(unit)
        dice = found[GENERAL], found[unit.name], found[MOE]
        tasks.append(TaskNumbers(unit.name, *dice, routed=found["routed"]))
    return Verdict(
        before=_mean(general, GENERAL),
        after=_mean(general, MOE),
        misrouted=1.0 - _mean(general, "routed"),
        tasks=tuple(tasks),
        samples=recipe.measured * GENERAL_PARTS,
    )


def _mean(found: list[dict[str, float]], name: str) -> float:
    return sum(part[name] for part in found) / len(found)
