"""One more expert for a trained gate: a column of its own, and everybody else's stay as they are.

A gate trained anew from the few prompts that a bundle carries forgets what it had learnt from many.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...model.gate import DROPPED_HIDDEN, Gate
from .bank import GateBank
from .fit import GateOptions, summaries

OWN_UNITS = 32
"""Hidden units a new column brings: what tells its task apart may never have mattered before."""
RATE = 3e-3
BATCH = 128
OWN, GENERAL, OTHERS = 0.4, 0.3, 0.3
"""Shares of a batch: the expert's prompts, nobody's, and the other experts', each as often."""
SURE = 0.98


def fit_column(gate: Gate, bank: GateBank, column: int, *, options: GateOptions) -> Gate:
    """Return a copy of a gate that also knows one more expert's prompts.

    Only the new column and its units learn, against what the other columns say of a prompt, so that
    it may take from another expert what is its own.

    Args:
        gate: Without that column, on CPU.
        bank: Prompts of every class, numbered as the columns shall be.
        column: Index of the new one.
        options: Length and seed.
    """
    summary = summaries(gate, bank)
    with torch.no_grad():
        known, others = gate.units(summary), gate.score(summary).logsumexp(dim=-1)
    own = (bank.classes == column).float()
    weights = _weights(bank.classes, column, gate.num_experts + 1)
    with torch.random.fork_rng():
        torch.manual_seed(options.seed)
        units = nn.Linear(summary.shape[1], OWN_UNITS)
        row = nn.Linear(known.shape[1] + OWN_UNITS, 1)
        nn.init.zeros_(row.weight)
        nn.init.zeros_(row.bias)
        learnt = [*units.parameters(), *row.parameters()]
        optimizer = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=options.steps)
        for _ in range(options.steps):
            chosen = torch.multinomial(weights, BATCH, replacement=True)
            seen = torch.cat([known[chosen], torch.relu(units(summary[chosen]))], dim=1)
            logits = row(F.dropout(seen, DROPPED_HIDDEN))[:, 0] - others[chosen]
            wanted = torch.where(own[chosen] > 0, SURE, 1.0 - SURE)
            loss = F.binary_cross_entropy_with_logits(logits, wanted)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
    return gate.with_column(column, units, row)


def _weights(classes: Tensor, column: int, general: int) -> Tensor:
    """Return how often each prompt is drawn, (S,)."""
    others = [c for c in classes.unique().tolist() if c not in (column, general)]
    shares = {column: OWN, general: GENERAL} | {c: OTHERS / len(others) for c in others}
    weights = torch.zeros(len(classes))
    for label, share in shares.items():
        rows = classes == label
        weights[rows] = share / max(int(rows.sum()), 1)
    return weights
