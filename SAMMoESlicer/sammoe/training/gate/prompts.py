"""The prompts a gate learns from and is calibrated on; no patch is in both parts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from ...bundle import Bundle
from ...errors import SAMMoEError
from ...options import GENERAL
from .bank import GateBank, bundle_bank, class_counts, patches_of, shuffled

FEWEST = 4
"""Samples a class needs for the gate to be trained at all."""
FIRST_HELD_OUT = 1 << 20
"""Number of the first prompt that is only ever calibrated on."""
CHUNK = 100
"""Prompts embedded and kept at once."""


@dataclass(frozen=True)
class GateSamples:
    """How many prompts are embedded.

    Attributes:
        expert: Of every expert's task that is given.
        general: That are nobody's task.
        held_out: Share of them that calibrates.
        seed: Decides views and clicks.
    """

    expert: int = 200
    general: int = 400
    held_out: float = 0.25
    seed: int = 3

    def of_class(self, name: str) -> tuple[int, int]:
        """Return how many prompts of a class are learnt from, and how many are held out."""
        wanted = max(FEWEST, self.general if name == GENERAL else self.expert)
        held_out = max(1, round(self.held_out * wanted))
        return wanted - held_out, held_out


@dataclass(frozen=True)
class Chunk:
    """Some prompts of one class, embedded at once.

    Attributes:
        name: An expert's id or 'general'.
        column: Its column of the gate.
        held_out: Whether they calibrate.
        first: Number of the first one.
        count: How many.
    """

    name: str
    column: int
    held_out: bool
    first: int
    count: int


@dataclass(frozen=True, eq=False)
class GatePrompts:
    """Embedded prompts of every class.

    Attributes:
        columns: Experts' ids and 'general', in the gate's order.
        train: What a gate learns from, shuffled.
        held_out: What its thresholds are calibrated on.
    """

    columns: tuple[str, ...]
    train: GateBank
    held_out: GateBank

    @property
    def bank(self) -> GateBank:
        """All of them, in an order that says nothing."""
        return shuffled([self.train, self.held_out], seed=0)

    def among(self, experts: Collection[str]) -> "GatePrompts":
        """Return the prompts as if experts that are not named did not exist."""
        chosen = tuple(name for name in self.columns[:-1] if name in experts)
        column = torch.tensor([
            chosen.index(name) if name in chosen else len(chosen) for name in self.columns
        ])  # fmt: skip
        train, held_out = (
            replace(bank, classes=column[bank.classes]) for bank in (self.train, self.held_out)
        )
        return GatePrompts((*chosen, GENERAL), train, held_out)


@dataclass(frozen=True, eq=False)
class FurtherPrompts:
    """What a trained gate's last layer is fitted to.

    Attributes:
        columns: Experts' ids and 'general', in the gate's order.
        new: Prompts of some classes.
        carried: Those a bundle carries of what the gate was trained with.
        held_out: Prompts of many classes that it has not learnt from, for biases.
    """

    columns: tuple[str, ...]
    new: GateBank
    carried: GateBank
    held_out: GateBank

    @property
    def learnt(self) -> list[int]:
        """Columns of the experts there are new prompts of."""
        return [n for n in self.new.classes.unique().tolist() if n < len(self.columns) - 1]


def chunks(columns: Sequence[str], drawn: Collection[str], samples: GateSamples) -> Iterator[Chunk]:
    """Yield what is to be embedded for those columns of which prompts are drawn."""
    for column, name in enumerate(columns):
        if name not in drawn:
            continue
        learnt, held = samples.of_class(name)
        for held_out, first, count in ((False, 0, learnt), (True, FIRST_HELD_OUT, held)):
            for start in range(0, count, CHUNK):
                size = min(CHUNK, count - start)
                yield Chunk(name, column, held_out, first + start, size)


def joined_prompts(
    columns: Sequence[str],
    train: Sequence[GateBank],
    held_out: Sequence[GateBank],
    carried: GateBank | None,
    *,
    seed: int,
) -> GatePrompts:
    """Return new prompts together with those a bundle carries.

    Args:
        columns: Experts' ids and 'general', in the gate's order.
        train: New ones to learn from.
        held_out: New ones to calibrate on.
        carried: The bundle's; those of patches that were drawn again are dropped.
        seed: Decides their order.

    Raises:
        SAMMoEError: A class has too few.
    """
    learnt, kept = list(train), list(held_out)
    if carried is not None:
        for bank, more in zip(
            (learnt, kept),
            _split_by_patch(_without_patches_of(carried, [*train, *held_out])),
            strict=True,
        ):
            bank.append(more)
    counts = class_counts(GateBank.joined([*learnt, *kept]), len(columns))
    _check_none_missing([n for n, count in zip(columns, counts, strict=True) if count < FEWEST])
    return GatePrompts(tuple(columns), shuffled(learnt, seed), shuffled(kept, seed))


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
    counts = [0] * len(ids) if bank is None else class_counts(bank, len(ids) + 1)
    _check_none_missing([
        expert_id
        for expert_id, count in zip(ids, counts, strict=False)
        if count < FEWEST and expert_id not in given
    ])  # fmt: skip


def _without_patches_of(bank: GateBank, others: Sequence[GateBank]) -> GateBank:
    """Return a bank without the samples of patches that others have: they were drawn again."""
    there = {patch for other in others for patch in patches_of(other)}
    rows = [row for row, patch in enumerate(patches_of(bank)) if patch not in there]
    return bank.select(torch.tensor(rows, dtype=torch.long))


def _split_by_patch(bank: GateBank) -> tuple[GateBank, GateBank]:
    """Return a bank's samples to learn from, and a quarter of every class's patches."""
    patches, held = np.array(patches_of(bank), dtype=object), np.zeros(len(bank.classes), bool)
    for label in bank.classes.unique():
        own = (bank.classes == label).numpy()
        distinct = list(dict.fromkeys(patches[own]))
        chosen = set(distinct[: max(1, int(GateSamples.held_out * len(distinct)))])
        held |= own & np.array([patch in chosen for patch in patches])
    rows = torch.from_numpy(held)
    return bank.select(torch.nonzero(~rows).flatten()), bank.select(torch.nonzero(rows).flatten())


def _check_none_missing(names: list[str]) -> None:
    if names:
        raise SAMMoEError(
            f"there are no prompts of {', '.join(names)} to train the gate with: the bundle "
            "carries no bank of them; name a folder for each (--task ID=DIR, and --general DIR)"
        )
