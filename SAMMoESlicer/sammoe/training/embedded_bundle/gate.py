"""Stage 5: the gate, from many embedded prompts; calibrated and tested on other scenes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch

from ...model.gate import Gate
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..gate.embed import bank_state, embed_views
from ..gate.fit import GateBank, calibrate_tau, gate_scores, routing, train_gate
from ..samples.tasks import as_shown, general_wanted
from ..samples.views import SyntheticViews
from ..synthetic.scenes import SceneStore
from .recipe import DemoRecipe
from .workshop import Workshop

CHUNK = 100
"""Prompts embedded and kept at once."""
HELD_OUT_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class TrainedGate:
    """A gate with thresholds and what it does on prompts it was neither trained nor tuned on.

    Attributes:
        experts: Their ids, in the gate's order.
        gate: In evaluation mode.
        tau: Each expert's threshold.
        routed: Share of each expert's prompts, and of 'general' ones, that get home.
    """

    experts: tuple[str, ...]
    gate: Gate
    tau: list[float]
    routed: dict[str, float]


def embedded_prompts(
    workshop: Workshop, store: SceneStore, model: SamMoE, recipe: DemoRecipe, *, name: str
) -> GateBank:
    """Return prompts of every task and of nobody's, embedded by all processes, shuffled.

    Args:
        workshop: Keeps them, chunk by chunk.
        store: Scenes they are from.
        model: The general model.
        recipe: How many.
        name: What they are for: "train" or "test", which has half as many.
    """
    share = 1.0 if name == "train" else HELD_OUT_SHARE
    wanted = [task.wanted for task in recipe.tasks] + [general_wanted(recipe.tasks)]
    counts = [recipe.expert_prompts] * len(recipe.tasks) + [recipe.general_prompts]
    chunks = [
        (column, first, min(CHUNK, int(share * count) - first))
        for column, count in enumerate(counts)
        for first in range(0, int(share * count), CHUNK)
    ]

    def embedded(column: int, first: int, samples: int) -> GateBank:
        views = SyntheticViews(store, as_shown(wanted[column]))
        state = workshop.kept(
            f"prompts-{name}-{column}-{first}",
            lambda: bank_state(
                embed_views(
                    model, views, samples=samples, class_index=column, first=first,
                    size=model.family.patch_size, seed=3 if name == "train" else 4,
                )
            ),
        )  # fmt: skip
        return GateBank.of_state(state)

    for n in workshop.share(range(len(chunks))):
        embedded(*chunks[n])
        workshop.say("embedded prompts (%s): about %d of %d chunks", name, n + 1, len(chunks))
    workshop.processes.wait()
    bank = GateBank.joined([embedded(*chunk) for chunk in chunks])
    order = torch.randperm(len(bank.classes), generator=torch.Generator().manual_seed(3))
    return bank.select(order)


def trained_gate(
    model: SamMoE,
    train: GateBank,
    test: GateBank,
    recipe: DemoRecipe,
    *,
    experts: Iterable[str] | None = None,
) -> TrainedGate:
    """Return a gate for all tasks, or for some of them as if the others were nobody's.

    Args:
        model: The general model.
        train: What the gate learns from.
        test: Half of it calibrates, the other half measures.
        recipe: Tasks and options.
        experts: Ids to choose among; None: all.
    """
    ids = tuple(task.id for task in recipe.tasks)
    chosen = ids if experts is None else tuple(i for i in ids if i in set(experts))
    columns = torch.tensor([chosen.index(i) if i in chosen else len(chosen) for i in (*ids, "")])
    train, test = (replace(bank, classes=columns[bank.classes]) for bank in (train, test))
    with torch.random.fork_rng():
        torch.manual_seed(recipe.gate.seed)
        gate = Gate(
            embed_dim=model.family.embed_dim,
            local_dim=model.family.local_dim,
            num_experts=len(chosen),
        )
        train_gate(gate, train, options=recipe.gate)
    scores = gate_scores(gate, test)
    tuned = torch.arange(len(test.classes)) % 2 == 0
    least = [task.least_tau for task in recipe.tasks if task.id in chosen]
    tau = calibrate_tau(scores[tuned], test.classes[tuned], least=least)
    shares = routing(scores[~tuned], test.classes[~tuned], tau)
    routed = {name: shares[str(n)] for n, name in enumerate(chosen)}
    return TrainedGate(chosen, gate, tau, routed | {GENERAL: shares["general"]})
