"""A trained gate's last layer fitted to further prompts, held to what the gate said before.

What tells prompts apart is learnt from many of them; where they lie on other scans, from few.
"""

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from ...model.gate import Gate
from .bank import GateBank
from .fit import LABEL_SMOOTHING, summaries

NEW_PROMPTS = 0.4
"""Weight of the further prompts beside those whose answers are held."""
STAYS = 0.003
"""Weight of how far the layer moves, squared."""
STEPS = 300
GENERAL_SHARE = 0.6
"""Of the prompts a user makes so many are taken to be nobody's."""


def fit_last_layer(gate: Gate, new: GateBank, carried: GateBank) -> Gate:
    """Return a copy of a gate whose last layer fits further prompts.

    The loss is their cross-entropy and, for prompts that are carried, the divergence from what the
    gate said of them.

    Args:
        gate: Trained, on CPU.
        new: Further prompts.
        carried: Of those it was trained with.
    """
    seen, held = _units(gate, new), _units(gate, carried)
    with torch.no_grad():
        before = gate.head(held).softmax(dim=-1)
    other = copy.deepcopy(gate)
    start = gate.head.weight.detach().clone()
    head = other.head

    def loss() -> Tensor:
        kept = -(before * head(held).log_softmax(dim=-1)).sum(dim=-1).mean()
        learnt = F.cross_entropy(head(seen), new.classes, label_smoothing=LABEL_SMOOTHING)
        return kept + NEW_PROMPTS * learnt + STAYS * (head.weight - start).square().sum()

    _minimise(loss, list(head.parameters()))
    return other


def fit_biases(gate: Gate, held_out: GateBank, columns: Sequence[int]) -> Gate:
    """Return a copy whose biases of some experts suit prompts the gate has not learnt from.

    Those that are not nobody's are every expert's alike.

    Args:
        gate: Trained, on CPU.
        held_out: Such prompts of many classes.
        columns: The experts'; those without such prompts stay as they are.
    """
    general = gate.num_experts
    counts = torch.bincount(held_out.classes, minlength=general + 1)
    there = [column for column in columns if counts[column] > 0]
    experts = int((counts[:general] > 0).sum())
    if not there or not counts[general]:
        return gate
    shares = torch.full((general + 1,), (1.0 - GENERAL_SHARE) / experts)
    shares[general] = GENERAL_SHARE
    weights = (shares / counts.clamp(min=1))[held_out.classes]
    seen = _units(gate, held_out)
    with torch.no_grad():
        logits = gate.head(seen)
    moved = torch.zeros(len(there), requires_grad=True)

    def loss() -> Tensor:
        shift = torch.zeros(general + 1).index_put((torch.tensor(there),), moved)
        each = F.cross_entropy(logits + shift, held_out.classes, reduction="none")
        return (weights * each).sum()

    _minimise(loss, [moved])
    other = copy.deepcopy(gate)
    with torch.no_grad():
        other.head.bias[there] += moved
    return other


def _units(gate: Gate, bank: GateBank) -> Tensor:
    with torch.no_grad():
        return gate.units(summaries(gate, bank))


def _minimise(loss: Callable[[], Tensor], parameters: list[Tensor]) -> None:
    optimizer = torch.optim.LBFGS(parameters, max_iter=STEPS, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(closure)
