"""The gate: prompts embedded as the product would ask, learnt from, thresholds calibrated."""

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor

from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..gate.bank import GateBank, bank_state, without_class
from ..gate.calibrate import CalibratedGate, calibrated
from ..gate.embed import embed_views
from ..gate.fit import GateOptions, fit_gate, fresh_gate
from ..gate.prompts import Chunk, GatePrompts, GateSamples, chunks, joined_prompts
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

    wanted = list(chunks(columns, views, samples))
    makes = {f"prompts-{chunk.column}-{chunk.first}": embedding(chunk) for chunk in wanted}
    banks = [GateBank.of_state(s) for s in workshop.all_kept(makes, what="embedding prompts")]
    train = [bank for chunk, bank in zip(wanted, banks, strict=True) if not chunk.held_out]
    held_out = [bank for chunk, bank in zip(wanted, banks, strict=True) if chunk.held_out]
    for column, name in enumerate(columns[:-1]):
        if carried is not None and name in views:
            carried = without_class(carried, column)
    return joined_prompts(columns, train, held_out, carried, seed=samples.seed)


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
