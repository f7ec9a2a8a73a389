"""Train the gate: whose prompt is this, an expert's or nobody's?

Samples are embedded once with the frozen encoders and kept; general ones outnumber every
expert's, click counts are matched across classes, and each expert's threshold is calibrated on
held-out samples so that few general prompts reach it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ...model.gate import Gate

logger = logging.getLogger(__name__)

MOST_CLICKS = 3
CLICK_SHARES = (0.6, 0.25, 0.15)
MOST_MISROUTED = 0.05
TAU_MARGIN = 0.02
HELD_OUT = 0.25


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


@dataclass(frozen=True)
class GateOptions:
    """How the gate is trained: AdamW on class-balanced batches."""

    steps: int = 600
    batch: int = 32
    learning_rate: float = 5e-4
    general_share: float = 0.5
    seed: int = 5


def train_gate(gate: Gate, bank: GateBank, *, options: GateOptions | None = None) -> Gate:
    """Train a gate by cross-entropy over m + 1 classes; returns the same gate.

    Args:
        gate: A fresh or grown gate.
        bank: Samples of every class.
        options: Length, rate, seed.
    """
    options = options or GateOptions()
    torch.manual_seed(options.seed)
    count = gate.num_experts + 1
    share = torch.full((count,), (1 - options.general_share) / max(count - 1, 1))
    share[-1] = options.general_share
    per_class = torch.bincount(bank.classes, minlength=count).clamp(min=1)
    weights = (share / per_class)[bank.classes]
    optimizer = torch.optim.AdamW(gate.parameters(), lr=options.learning_rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, options.learning_rate, total_steps=options.steps
    )
    gate.standardise_by(bank.local, bank.point_labels)
    gate.train()
    for step in range(options.steps):
        part = bank.select(torch.multinomial(weights, options.batch, replacement=True))
        logits = _forward(gate, part)
        loss = F.cross_entropy(logits, part.classes, label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(gate.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            logger.info("gate step %d: loss %.3f", step + 1, loss.item())
    return gate.eval()


@torch.no_grad()
def gate_scores(gate: Gate, bank: GateBank) -> Tensor:
    """Return the softmax scores (S, m + 1) of a bank's samples."""
    parts = [
        _forward(gate, bank.select(rows)) for rows in torch.arange(len(bank.classes)).split(32)
    ]
    return torch.cat(parts).softmax(dim=-1)


def calibrate_tau(scores: Tensor, classes: Tensor, *, least: Sequence[float]) -> list[float]:
    """Return each expert's threshold: at most 5 % of general prompts, shared, pass one.

    Args:
        scores: (S, m + 1) on held-out samples.
        classes: (S,), m for 'general'.
        least: No expert's threshold is lower than its own here.
    """
    experts = scores.shape[1] - 1
    best, choice = scores[classes == experts, :experts].max(dim=1)
    allowed = MOST_MISROUTED * len(best) / max(experts, 1)
    thresholds = []
    for expert, floor in zip(range(experts), least, strict=True):
        wrong = best[choice == expert].sort(descending=True).values
        rank = int(allowed)
        needed = wrong[rank].item() + TAU_MARGIN if len(wrong) > rank else floor
        thresholds.append(round(max(min(needed, 0.97), floor), 3))
    return thresholds


def routing(scores: Tensor, classes: Tensor, tau: list[float]) -> dict[str, float]:
    """Return how often each class reaches the right place: expert index or 'general' to share."""
    experts = scores.shape[1] - 1
    best, choice = scores[:, :experts].max(dim=1)
    passed = best > torch.tensor(tau)[choice]
    routed = torch.where(passed, choice, experts)
    names = [*map(str, range(experts)), "general"]
    return {
        name: round(float((routed[classes == index] == index).float().mean()), 3)
        for index, name in enumerate(names)
    }


def _forward(gate: Gate, bank: GateBank) -> Tensor:
    sparse, tokens, local = (part.float() for part in (bank.sparse, bank.tokens, bank.local))
    logits: Tensor = gate(sparse, tokens, local, bank.point_labels)
    return logits
