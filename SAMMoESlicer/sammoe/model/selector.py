"""The selector (paper 2.3): which expert joins the general decoder, and how much."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..options import Fusion


class Selection(NamedTuple):
    """What the selector decided for one object.

    Attributes:
        expert: Index of the expert among the gate's columns, or None for the general decoder.
        weight: Its confidence s in [0, 1]; 1 for a pinned expert, 0 for none.
        general_weight: The gate's score of 'general'; used by the softmax-after ablation.
    """

    expert: int | None
    weight: float
    general_weight: float


def select(scores: Tensor, tau: list[float], *, muted: frozenset[int] = frozenset()) -> Selection:
    """Choose the top-1 expert whose confidence exceeds its threshold.

    Args:
        scores: (m + 1,) softmax of the gate, 'general' last.
        tau: m thresholds, one an expert.
        muted: Columns that may not be chosen.
    """
    *experts, general = scores.tolist()
    allowed = [column for column in range(len(experts)) if column not in muted]
    top = max(allowed, key=experts.__getitem__, default=None)
    if top is None or experts[top] <= tau[top]:
        return Selection(None, 0.0, general)
    return Selection(top, experts[top], general)


def fuse(
    general_logits: Tensor,
    expert_logits: Tensor | None,
    selection: Selection,
    *,
    fusion: Fusion = Fusion.WEIGHTED,
) -> Tensor:
    """Return the fused mask logits, same shape as `general_logits`.

    `WEIGHTED` is the paper's equation 4, (1 - s) M_general + s M_top on logits. `AVERAGE` takes
    s = 0.5 and `SOFTMAX_AFTER` a softmax over the two selected scores alone (Table 2).
    """
    if selection.expert is None or expert_logits is None:
        return general_logits
    if fusion is Fusion.AVERAGE:
        weight = 0.5
    elif fusion is Fusion.SOFTMAX_AFTER:
        pair = torch.tensor([selection.general_weight, selection.weight])
        weight = float(torch.softmax(pair, dim=0)[1])
    else:
        weight = selection.weight
    return torch.lerp(general_logits, expert_logits, weight)
