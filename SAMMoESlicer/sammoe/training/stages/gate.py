"""The gate: prompts embedded as the product would ask, learnt from, thresholds calibrated.

A bundle's first gate is trained from nothing. From then on it keeps what it knows: an expert that
joins brings a column, and prompts from elsewhere move its last layer.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from torch import Tensor

from ...model.gate import Gate
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..gate.bank import GateBank, bank_state, without_class
from ..gate.calibrate import CalibratedGate, calibrated
from ..gate.column import fit_column
from ..gate.embed import embed_views
from ..gate.fit import GateOptions, fit_gate, fresh_gate
from ..gate.last_layer import fit_biases, fit_last_layer
from ..gate.prompts import (
    Chunk,
    FurtherPrompts,
    GatePrompts,
    GateSamples,
    chunks,
    joined_prompts,
)
from ..loop.workshop import Workshop
from ..samples.general_views import Views


def embed_prompts(
    workshop: Workshop,
    model: SamMoE,
    views: Mapping[str, Views],
    samples: GateSamples,
    *,
    boxes: bool = True,
    carried: GateBank | None = None,
) -> GatePrompts:
    """Return prompts of every class: new ones where there are views, else those carried.

    General prompts that are carried are kept beside the new ones.

    Args:
        workshop: Shares the work among its processes and keeps what was embedded.
        model: With all experts, in the order of the gate's columns.
        views: Of the experts' tasks by id, and of nobody's as 'general'.
        samples: How many.
        boxes: Some prompts are a box; not for weights that were never trained on boxes.
        carried: The prompts a bundle carries, numbered as the model's columns.

    Raises:
        SAMMoEError: An expert has neither views nor prompts that are carried.
    """
    columns = (*model.expert_ids, GENERAL)
    train, held_out = _embedded(workshop, model, views, samples, boxes)
    for column, name in enumerate(columns[:-1]):
        if carried is not None and name in views:
            carried = without_class(carried, column)
    return joined_prompts(columns, train, held_out, carried, seed=samples.seed)


def embed_held_out(
    workshop: Workshop,
    model: SamMoE,
    views: Mapping[str, Views],
    samples: GateSamples,
    *,
    boxes: bool = True,
) -> GateBank:
    """Return prompts in what nothing is learnt from; arguments as for `embed_prompts`."""
    return GateBank.joined(_embedded(workshop, model, views, samples, boxes, learns=False)[1])


def _embedded(
    workshop: Workshop,
    model: SamMoE,
    views: Mapping[str, Views],
    samples: GateSamples,
    boxes: bool,
    *,
    learns: bool = True,
) -> tuple[list[GateBank], list[GateBank]]:
    """Return prompts to learn from, if wanted, and prompts that are held out."""

    def embedding(chunk: Chunk) -> Callable[[], dict[str, Tensor]]:
        source = views[chunk.name]
        return lambda: bank_state(
            embed_views(
                model,
                source.held_out if chunk.held_out else source.shown,
                samples=chunk.count,
                class_index=chunk.column,
                first=chunk.first,
                size=model.family.patch_size,
                seed=samples.seed,
                boxes=boxes,
            )
        )

    every = chunks((*model.expert_ids, GENERAL), views, samples)
    wanted = [chunk for chunk in every if learns or chunk.held_out]
    makes = {f"prompts-{chunk.column}-{chunk.first}": embedding(chunk) for chunk in wanted}
    banks = [GateBank.of_state(s) for s in workshop.all_kept(makes, what="embedding prompts")]
    train = [bank for chunk, bank in zip(wanted, banks, strict=True) if not chunk.held_out]
    held_out = [bank for chunk, bank in zip(wanted, banks, strict=True) if chunk.held_out]
    return train, held_out


def train_gate(
    model: SamMoE,
    prompts: GatePrompts,
    *,
    least: Sequence[float],
    options: GateOptions,
    sizes: Mapping[str, int] | None = None,
) -> CalibratedGate:
    """Return a gate that has learnt from prompts and is calibrated on those held out.

    Args:
        model: Whose embeddings it is asked about.
        prompts: Of every class; its columns are the gate's.
        least: Below which no expert's threshold is set.
        options: Length, rate, seed.
        sizes: Further keyword arguments of `Gate`.
    """
    experts = len(prompts.columns) - 1
    gate = fresh_gate(model.family, experts, sizes=sizes, seed=options.seed)
    trained = calibrated(fit_gate(gate, prompts.train, options=options), prompts, least=least)
    trained.gate.to(next(model.parameters()).device)
    return trained


def grow_gate(
    model: SamMoE,
    gate: Gate,
    prompts: GatePrompts,
    expert: str,
    *,
    least: Sequence[float],
    tau: Mapping[str, float],
    options: GateOptions,
) -> CalibratedGate:
    """Return a trained gate with a new column, or with one trained anew; the others stay.

    Args:
        model: With the expert.
        gate: Of the experts before.
        prompts: Of every class; its columns are the model's.
        expert: Whose column is trained.
        least: Below which no expert's threshold is set.
        tau: The other experts' thresholds by id, which stay as well.
        options: Length and seed.
    """
    column = prompts.columns.index(expert)
    gate = copy.deepcopy(gate).cpu()
    if gate.num_experts == len(prompts.columns) - 1:
        gate = gate.without_column(column)
    grown = fit_column(gate, prompts.train, column, options=options)
    others = enumerate(prompts.columns[:-1])
    kept = {n: tau[name] for n, name in others if name != expert}
    trained = calibrated(grown, prompts, least=least, kept=kept)
    trained.gate.to(next(model.parameters()).device)
    return trained


def refit_gate(gate: Gate, prompts: FurtherPrompts, *, tau: Sequence[float]) -> CalibratedGate:
    """Return a trained gate whose last layer suits further prompts.

    Its biases are set on prompts that are held out, so that thresholds mean what they meant.

    Args:
        gate: Trained.
        prompts: What it is fitted to.
        tau: Experts' thresholds, which stay.
    """
    moved = fit_last_layer(copy.deepcopy(gate).cpu(), prompts.new, prompts.carried)
    moved = fit_biases(moved, prompts.held_out, prompts.learnt)
    judged = GatePrompts(prompts.columns, prompts.new, prompts.held_out)
    trained = calibrated(moved, judged, least=tau, kept=dict(enumerate(tau)))
    trained.gate.to(gate.head.weight.device)
    return replace(trained, bank=prompts.carried)
