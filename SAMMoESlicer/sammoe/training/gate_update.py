"""Train a bundle's gate again, with a bank of everybody's samples, and calibrate it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch

from ..bundle import Bundle
from ..errors import SAMMoEError
from ..model.gate import Gate
from ..model.sam_moe import SamMoE
from ..options import GENERAL
from .bundle_update import least_thresholds
from .gate_samples import bundle_bank, embed_views, with_new_class, without_class
from .gate_training import (
    HELD_OUT,
    GateBank,
    GateOptions,
    calibrate_tau,
    gate_scores,
    routing,
    train_gate,
)
from .reporter import Reporter
from .views import ViewSource

MOST_BANK_BYTES = 4 << 20
FEWEST = 4


@dataclass(frozen=True)
class GateSamples:
    """How many prompts are embedded.

    Attributes:
        expert: Of every expert's task that is given.
        general: That are nobody's task.
        seed: Decides views and clicks.
    """

    expert: int = 200
    general: int = 400
    seed: int = 3


@dataclass(frozen=True, eq=False)
class CalibratedGate:
    """A trained gate.

    Attributes:
        gate: In evaluation mode.
        tau: Each expert's threshold.
        routed: Share of held-out prompts of each expert, and of 'general', that get home.
        bank: What it was trained with, for the bundle.
    """

    gate: Gate
    tau: list[float]
    routed: dict[str, float]
    bank: GateBank

    def line(self) -> str:
        """Return thresholds and shares as a sentence."""
        homes = ", ".join(f"{name} {share:.0%}" for name, share in self.routed.items())
        return f"gate: held-out prompts that get home: {homes}; tau {self.tau}"


def updated_gate(
    bundle: Bundle,
    model: SamMoE,
    sources: Mapping[str, ViewSource],
    general: ViewSource | None,
    *,
    size: int,
    samples: GateSamples,
    options: GateOptions,
    reporter: Reporter,
) -> CalibratedGate:
    """Return a gate for the model's experts.

    Samples of experts without a source, and general ones without one, come from the bank in the
    bundle.

    Args:
        bundle: With its bank, if it has one; of the same experts or of one fewer.
        model: With all experts, in the order of the gate's columns.
        sources: Views of the experts' tasks, by id.
        general: Views that are nobody's task; None: the bank's are enough.
        size: Patch voxels along each axis.
        samples: How many prompts are embedded.
        options: Of the gate's training.
        reporter: Told how far it is.

    Raises:
        SAMMoEError: An expert, or 'general', has neither source nor samples in the bank.
    """
    bank = embedded_bank(
        bundle, model, sources, general, size=size, samples=samples, reporter=reporter
    )
    return calibrated(bundle, _fresh_gate(bundle, model, options.seed), model, bank, options)


def embedded_bank(
    bundle: Bundle,
    model: SamMoE,
    sources: Mapping[str, ViewSource],
    general: ViewSource | None,
    *,
    size: int,
    samples: GateSamples,
    reporter: Reporter,
) -> GateBank:
    """Return prompts of every class, new ones where there are views, else the bundle's; shuffled.

    Raises:
        SAMMoEError: An expert, or 'general', has neither source nor samples in the bank.
    """
    bank = _carried_bank(bundle, model)
    columns = (*model.expert_ids, GENERAL)
    every = {**sources, **({GENERAL: general} if general is not None else {})}
    parts = []
    for column, name in enumerate(columns):
        if name not in every:
            continue
        if bank is not None and name != GENERAL:
            bank = without_class(bank, column)
        parts.append(
            embed_views(
                model,
                every[name],
                samples=samples.general if name == GENERAL else samples.expert,
                class_index=column,
                size=size,
                seed=samples.seed,
                boxes="box" in bundle.card.prompt_kinds,
                on_sample=lambda done, total, name=name: reporter.count(  # type: ignore[misc]
                    f"prompts of {name}", done, total
                ),
            )
        )
    bank = GateBank.joined([*([bank] if bank is not None else []), *parts])
    _check_every_class(bank, columns)
    shuffle = torch.Generator().manual_seed(samples.seed)
    return bank.select(torch.randperm(len(bank.classes), generator=shuffle))


def check_samples(bundle: Bundle, given: Collection[str]) -> None:
    """Check that every expert of a bundle has prompts to train the gate with.

    Args:
        bundle: With its bank, if it has one.
        given: Ids of experts whose samples come from elsewhere.

    Raises:
        SAMMoEError: Some have none.
    """
    bank = bundle_bank(bundle)
    there = set() if bank is None else set(bank.classes.tolist())
    _check_none_missing(
        [
            expert_id
            for column, expert_id in enumerate(bundle.card.expert_ids)
            if column not in there and expert_id not in given
        ]
    )


def _carried_bank(bundle: Bundle, model: SamMoE) -> GateBank | None:
    """Return the bundle's bank with its classes numbered as the model's columns."""
    bank = bundle_bank(bundle)
    if bank is not None and len(model.expert_ids) > len(bundle.card.experts):
        bank = with_new_class(bank, len(bundle.card.experts))
    return bank


def _check_every_class(bank: GateBank, columns: tuple[str, ...]) -> None:
    counts = torch.bincount(bank.classes, minlength=len(columns)).tolist()
    _check_none_missing(
        [name for name, count in zip(columns, counts, strict=True) if count < FEWEST]
    )


def _check_none_missing(names: list[str]) -> None:
    if names:
        raise SAMMoEError(
            f"there are no prompts of {', '.join(names)} to train the gate with: the bundle "
            "carries no bank of them; name a folder for each (--task ID=DIR, and --general DIR)"
        )


def calibrated(
    bundle: Bundle, gate: Gate, model: SamMoE, bank: GateBank, options: GateOptions | None
) -> CalibratedGate:
    """Return a gate trained on three quarters of a bank and calibrated on the rest.

    Args:
        bundle: Whose card says below what no threshold may be set.
        gate: With the model's columns.
        model: Whose experts.
        bank: Of every class, shuffled.
        options: Of the training; None: the gate is calibrated as it is.
    """
    device = next(model.parameters()).device
    gate.cpu()
    held = _held_out(bank)
    if options is not None:
        train_gate(gate, bank.select(torch.nonzero(~held).flatten()), options=options)
    kept = bank.select(torch.nonzero(held).flatten())
    scores = gate_scores(gate, kept)
    least = least_thresholds(bundle.card, model.expert_ids)
    tau = calibrate_tau(scores, kept.classes, least=least)
    shares = routing(scores, kept.classes, tau)
    named = {
        name: shares[GENERAL if name == GENERAL else str(column)]
        for column, name in enumerate((*model.expert_ids, GENERAL))
    }
    return CalibratedGate(gate.to(device), tau, named, fitting_bank(bank))


def _held_out(bank: GateBank) -> torch.Tensor:
    """Return which samples are calibrated on: a quarter of every class, at least one."""
    held = torch.zeros(len(bank.classes), dtype=torch.bool)
    for label in bank.classes.unique():
        rows = torch.nonzero(bank.classes == label).flatten()
        held[rows[: max(1, int(HELD_OUT * len(rows)))]] = True
    return held


def _fresh_gate(bundle: Bundle, model: SamMoE, seed: int) -> Gate:
    """Return a gate that knows nothing: what it is calibrated on must be new to it."""
    backbone = model.family
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Gate(
            embed_dim=backbone.embed_dim,
            local_dim=backbone.local_dim,
            num_experts=len(model.expert_ids),
            **bundle.card.gate_sizes,
        )


def fitting_bank(bank: GateBank, most_bytes: int = MOST_BANK_BYTES) -> GateBank:
    """Return as many samples as fit a bundle's bank; a shuffled one keeps its classes' shares."""
    first = bank.select(torch.zeros(1, dtype=torch.long))
    tensors = (first.sparse, first.tokens, first.local, first.point_labels)
    sample_bytes = sum(2 * tensor.numel() for tensor in tensors)
    most = most_bytes // sample_bytes
    if len(bank.classes) <= most:
        return bank
    return bank.select(torch.arange(most))
