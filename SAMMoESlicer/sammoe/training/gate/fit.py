"""Train the gate: whose prompt is this, an expert's or nobody's?

Samples are embedded once with the frozen encoders and kept; general ones outnumber every
expert's, and click counts are matched across classes.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ...model.backbone import Backbone
from ...model.gate import Gate
from .bank import GateBank

logger = logging.getLogger(__name__)

LABEL_SMOOTHING = 0.02


@dataclass(frozen=True)
class GateOptions:
    """How the gate is trained: AdamW on class-balanced batches."""

    steps: int = 600
    batch: int = 32
    learning_rate: float = 5e-4
    general_share: float = 0.5
    seed: int = 5


def fresh_gate(
    backbone: Backbone, num_experts: int, *, sizes: Mapping[str, int] | None = None, seed: int = 5
) -> Gate:
    """Return a gate that knows nothing: what it is calibrated on must be new to it.

    Args:
        backbone: Whose embeddings it is asked about.
        num_experts: m; it has m + 1 columns.
        sizes: Further keyword arguments of `Gate`.
        seed: Decides its first weights.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Gate(
            embed_dim=backbone.embed_dim,
            local_dim=backbone.local_dim,
            num_experts=num_experts,
            **(sizes or {}),
        )


def fit_gate(gate: Gate, bank: GateBank, *, options: GateOptions | None = None) -> Gate:
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
        loss = F.cross_entropy(logits, part.classes, label_smoothing=LABEL_SMOOTHING)
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


@torch.no_grad()
def summaries(gate: Gate, bank: GateBank) -> Tensor:
    """Return what a gate's head sees of a bank's samples, (S, 2 * width)."""
    parts = [bank.select(rows) for rows in torch.arange(len(bank.classes)).split(32)]
    return torch.cat([gate.summary(*_inputs(part)) for part in parts])


def _forward(gate: Gate, bank: GateBank) -> Tensor:
    logits: Tensor = gate(*_inputs(bank))
    return logits


def _inputs(bank: GateBank) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    sparse, tokens, local = (part.float() for part in (bank.sparse, bank.tokens, bank.local))
    return sparse, tokens, local, bank.point_labels
