"""Train a bundle's gate again, with a bank of everybody's samples, and calibrate it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from ...bundle import Bundle
from ...errors import SAMMoEError
from ...model.gate import Gate
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ..loop.reporter import Reporter
from ..samples.general_views import TwoSources
from ..stages.bundle_update import least_thresholds
from .embed import bundle_bank, embed_views, with_new_class, without_class
from .fit import (
    HELD_OUT,
    MOST_MISROUTED,
    GateBank,
    GateOptions,
    calibrate_tau,
    gate_scores,
    routing,
    train_gate,
)

MOST_BANK_BYTES = 4 << 20
FEWEST = 4
"""Samples a class needs for the gate to be trained at all."""
KEPT_OF_EACH = 40
"""Samples of every class that a full bank keeps, however many the others have."""
FIRST_HELD_OUT = 1 << 20
"""Number of the first prompt that is only ever calibrated on."""


@dataclass(frozen=True)
class GateSamples:
    """How many prompts are embedded; a quarter of them calibrates.

    Attributes:
        expert: Of every expert's task that is given.
        general: That are nobody's task.
        seed: Decides views and clicks.
    """

    expert: int = 200
    general: int = 400
    seed: int = 3


@dataclass(frozen=True, eq=False)
class GatePrompts:
    """Embedded prompts of every class; no patch is in both parts.

    Attributes:
        train: What a gate learns from, shuffled.
        held_out: What its thresholds are calibrated on.
    """

    train: GateBank
    held_out: GateBank


@dataclass(frozen=True, eq=False)
class CalibratedGate:
    """A trained gate.

    Attributes:
        gate: In evaluation mode.
        tau: Each expert's threshold.
        routed: Share of held-out prompts of each expert, and of 'general', that get home.
        bank: What it was trained and calibrated with, for the bundle.
    """

    gate: Gate
    tau: list[float]
    routed: dict[str, float]
    bank: GateBank

    def line(self) -> str:
        """Return thresholds and shares as a sentence."""
        homes = ", ".join(f"{name} {share:.0%}" for name, share in self.routed.items())
        line = f"gate: held-out prompts that get home: {homes}; tau {self.tau}"
        if self.routed[GENERAL] >= 1 - MOST_MISROUTED:
            return line
        return (
            f"{line}; more than {MOST_MISROUTED:.0%} of general prompts go to an expert: give the "
            "gate more samples, or general ones that look like your scans (--general)"
        )


def updated_gate(
    bundle: Bundle,
    model: SamMoE,
    sources: Mapping[str, TwoSources],
    general: TwoSources,
    *,
    size: int,
    samples: GateSamples,
    options: GateOptions,
    reporter: Reporter,
) -> CalibratedGate:
    """Return a gate for the model's experts.

    Samples of experts without a source come from the bank in the bundle.

    Args:
        bundle: With its bank, if it has one; of the same experts or of one fewer.
        model: With all experts, in the order of the gate's columns.
        sources: Views of the experts' tasks, by id.
        general: Views that are nobody's task.
        size: Patch voxels along each axis.
        samples: How many prompts are embedded.
        options: Of the gate's training.
        reporter: Told how far it is.

    Raises:
        SAMMoEError: An expert, or 'general', has neither source nor samples in the bank.
    """
    prompts = gate_prompts(
        bundle, model, sources, general, size=size, samples=samples, reporter=reporter
    )
    gate = _fresh_gate(bundle, model, options.seed)
    return calibrated(bundle, gate, model, prompts, options)


def gate_prompts(
    bundle: Bundle,
    model: SamMoE,
    sources: Mapping[str, TwoSources],
    general: TwoSources,
    *,
    size: int,
    samples: GateSamples,
    reporter: Reporter,
) -> GatePrompts:
    """Return prompts of every class: new ones where there are views, else the bundle's.

    General prompts of the bundle's bank are kept beside the new ones.

    Raises:
        SAMMoEError: An expert has neither views nor samples in the bank.
    """
    columns = (*model.expert_ids, GENERAL)
    views = {**sources, GENERAL: general}
    carried = _carried_bank(bundle, model)
    train: list[GateBank] = []
    held_out: list[GateBank] = []
    for column, name in enumerate(columns):
        if name not in views:
            continue
        if carried is not None and name != GENERAL:
            carried = without_class(carried, column)
        wanted = max(FEWEST, samples.general if name == GENERAL else samples.expert)
        to_hold = max(1, int(HELD_OUT * wanted))
        parts = ((views[name].train, wanted - to_hold, 0, train),
                 (views[name].held_out, to_hold, FIRST_HELD_OUT, held_out))  # fmt: skip
        for source, count, first, banks in parts:
            banks.append(
                embed_views(
                    model, source, samples=count, class_index=column, size=size, first=first,
                    seed=samples.seed, boxes="box" in bundle.card.prompt_kinds,
                    on_sample=lambda done, total, name=name: reporter.count(  # type: ignore[misc]
                        f"prompts of {name}", done, total
                    ),
                )
            )  # fmt: skip
    if carried is not None:
        learnt, kept = _split_by_patch(_without_patches_of(carried, [*train, *held_out]))
        train.append(learnt)
        held_out.append(kept)
    prompts = GatePrompts(_shuffled(train, samples.seed), _shuffled(held_out, samples.seed))
    _check_every_class(GateBank.joined([prompts.train, prompts.held_out]), columns)
    return prompts


def check_samples(bundle: Bundle, given: Collection[str]) -> None:
    """Check that every expert of a bundle has prompts to train the gate with.

    Args:
        bundle: With its bank, if it has one.
        given: Ids of experts whose samples come from elsewhere.

    Raises:
        SAMMoEError: Some have none.
    """
    bank = bundle_bank(bundle)
    ids = bundle.card.expert_ids
    counts = [0] * len(ids) if bank is None else _counts(bank, len(ids) + 1)
    _check_none_missing(
        [
            expert_id
            for expert_id, count in zip(ids, counts, strict=False)
            if count < FEWEST and expert_id not in given
        ]
    )


def _carried_bank(bundle: Bundle, model: SamMoE) -> GateBank | None:
    """Return the bundle's bank with its classes numbered as the model's columns."""
    bank = bundle_bank(bundle)
    if bank is not None and len(model.expert_ids) > len(bundle.card.experts):
        bank = with_new_class(bank, len(bundle.card.experts))
    return bank


def _check_every_class(bank: GateBank, columns: tuple[str, ...]) -> None:
    counts = _counts(bank, len(columns))
    _check_none_missing(
        [name for name, count in zip(columns, counts, strict=True) if count < FEWEST]
    )


def _counts(bank: GateBank, classes: int) -> list[int]:
    """Return how many samples each class has."""
    counts: list[int] = torch.bincount(bank.classes, minlength=classes).tolist()
    return counts


def _shuffled(parts: list[GateBank], seed: int) -> GateBank:
    bank = GateBank.joined(parts)
    order = torch.randperm(len(bank.classes), generator=torch.Generator().manual_seed(seed))
    return bank.select(order)


def _patches(bank: GateBank) -> list[bytes]:
    """Return a key of the patch each sample was drawn in: two prompts may share one."""
    return [tokens.half().numpy().tobytes() for tokens in bank.tokens]


def _without_patches_of(bank: GateBank, others: list[GateBank]) -> GateBank:
    """Return a bank without the samples of patches that others have: they were drawn again."""
    there = {patch for other in others for patch in _patches(other)}
    rows = [row for row, patch in enumerate(_patches(bank)) if patch not in there]
    return bank.select(torch.tensor(rows, dtype=torch.long))


def _split_by_patch(bank: GateBank) -> tuple[GateBank, GateBank]:
    """Return a bank's samples to learn from, and a quarter of every class's patches."""
    patches, held = np.array(_patches(bank), dtype=object), np.zeros(len(bank.classes), bool)
    for label in bank.classes.unique():
        own = (bank.classes == label).numpy()
        distinct = list(dict.fromkeys(patches[own]))
        chosen = set(distinct[: max(1, int(HELD_OUT * len(distinct)))])
        held |= own & np.array([patch in chosen for patch in patches])
    rows = torch.from_numpy(held)
    return bank.select(torch.nonzero(~rows).flatten()), bank.select(torch.nonzero(rows).flatten())


def _check_none_missing(names: list[str]) -> None:
    if names:
        raise SAMMoEError(
            f"there are no prompts of {', '.join(names)} to train the gate with: the bundle "
            "carries no bank of them; name a folder for each (--task ID=DIR, and --general DIR)"
        )


def calibrated(
    bundle: Bundle, gate: Gate, model: SamMoE, prompts: GatePrompts, options: GateOptions | None
) -> CalibratedGate:
    """Return a gate trained on prompts and calibrated on those held out.

    Args:
        bundle: Whose card says below what no threshold may be set.
        gate: With the model's columns.
        model: Whose experts.
        prompts: Of every class.
        options: Of the training; None: the gate is calibrated as it is.
    """
    device = next(model.parameters()).device
    gate.cpu()
    if options is not None:
        train_gate(gate, prompts.train, options=options)
    held_out = prompts.held_out
    scores = gate_scores(gate, held_out)
    least = least_thresholds(bundle.card, model.expert_ids)
    tau = calibrate_tau(scores, held_out.classes, least=least)
    shares = routing(scores, held_out.classes, tau)
    named = {
        name: shares[GENERAL if name == GENERAL else str(column)]
        for column, name in enumerate((*model.expert_ids, GENERAL))
    }
    bank = _shuffled([prompts.train, held_out], seed=0)
    return CalibratedGate(gate.to(device), tau, named, fitting_bank(bank))


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
    """Return the first samples that fit a bundle's bank, and the first few of every class."""
    first = bank.select(torch.zeros(1, dtype=torch.long))
    tensors = (first.sparse, first.tokens, first.local, first.point_labels)
    sample_bytes = sum(2 * tensor.numel() for tensor in tensors)
    most = most_bytes // sample_bytes
    if len(bank.classes) <= most:
        return bank
    labels = bank.classes.unique()
    least = min(KEPT_OF_EACH, most // len(labels))
    of_each = [torch.nonzero(bank.classes == label).flatten()[:least] for label in labels]
    by_need = torch.cat([*of_each, torch.arange(len(bank.classes))]).tolist()
    return bank.select(torch.tensor(sorted(list(dict.fromkeys(by_need))[:most])))
