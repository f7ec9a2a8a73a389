"""The bank of embedded prompts from which a gate is trained again whenever an expert joins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...bundle import Bundle
from ...errors import CheckpointError
from ...model.gate import pool_tokens

MOST_BANK_BYTES = 4 << 20
KEPT_OF_EACH = 40
"""Samples of every class that a full bank keeps, however many the others have."""


@dataclass(frozen=True, eq=False)
class GateBank:
    """Embedded prompts with their class.

    Attributes:
        sparse: (S, N', C) sparse prompt embeddings, padded to the same N'.
        tokens: (S, T, C) image tokens.
        local: (S, N, F) local features.
        point_labels: (S, N), -1 for padding.
        classes: (S,) index of the expert, or m for 'general'.
    """

    sparse: Tensor
    tokens: Tensor
    local: Tensor
    point_labels: Tensor
    classes: Tensor

    def select(self, rows: Tensor) -> "GateBank":
        """Return some samples."""
        return GateBank(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, banks: Sequence["GateBank"]) -> "GateBank":
        """Return all samples of several banks."""
        names = cls.__dataclass_fields__
        return cls(*(torch.cat([getattr(bank, name) for bank in banks]) for name in names))

    @classmethod
    def of_state(cls, state: Mapping[str, Tensor]) -> "GateBank":
        """Return a bank as a bundle stores it."""
        integers = {"point_labels", "classes"}
        names = cls.__dataclass_fields__
        return cls(*(state[n].long() if n in integers else state[n] for n in names))


def bank_state(bank: GateBank) -> dict[str, Tensor]:
    """Return a bank as a bundle stores it, a few kilobytes a sample."""
    return {
        "sparse": bank.sparse.half(),
        "tokens": pool_tokens(bank.tokens.float()).half(),
        "local": bank.local.half(),
        "point_labels": bank.point_labels.to(torch.int8),
        "classes": bank.classes.to(torch.int16),
    }


def bundle_bank(bundle: Bundle) -> GateBank | None:
    """Return the bank a bundle carries, or None.

    Raises:
        CheckpointError: It is not a bank for this bundle's experts.
    """
    state = bundle.gate_bank
    if state is None:
        return None
    missing = {"sparse", "tokens", "local", "point_labels", "classes"} - state.keys()
    if missing:
        raise CheckpointError(f"{bundle.path}: the gate's bank lacks {', '.join(sorted(missing))}")
    bank = GateBank.of_state(state)
    if len(bank.classes) and int(bank.classes.max()) > len(bundle.card.experts):
        raise CheckpointError(f"{bundle.path}: the gate's bank is of more experts than the bundle")
    return bank


def carried_bank(bundle: Bundle, expert_ids: Sequence[str]) -> GateBank | None:
    """Return the bundle's bank for a model of its experts, or of these and one more; or None."""
    bank = bundle_bank(bundle)
    if bank is not None and len(expert_ids) > len(bundle.card.experts):
        bank = with_new_class(bank, len(bundle.card.experts))
    return bank


def with_new_class(bank: GateBank, new_class: int) -> GateBank:
    """Return a bank in which 'general' and later classes make room for a new expert."""
    classes = torch.where(bank.classes >= new_class, bank.classes + 1, bank.classes)
    return GateBank(bank.sparse, bank.tokens, bank.local, bank.point_labels, classes)


def without_class(bank: GateBank, dropped: int) -> GateBank:
    """Return a bank without one class's samples; the others keep their numbers."""
    return bank.select(torch.nonzero(bank.classes != dropped).flatten())


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


def shuffled(parts: Sequence[GateBank], seed: int) -> GateBank:
    """Return all samples of several banks in a random order."""
    bank = GateBank.joined(parts)
    order = torch.randperm(len(bank.classes), generator=torch.Generator().manual_seed(seed))
    return bank.select(order)


def class_counts(bank: GateBank, classes: int) -> list[int]:
    """Return how many samples each class has."""
    counts: list[int] = torch.bincount(bank.classes, minlength=classes).tolist()
    return counts


def patches_of(bank: GateBank) -> list[bytes]:
    """Return a key of the patch each sample was drawn in: two prompts may share one."""
    return [tokens.half().numpy().tobytes() for tokens in bank.tokens]
