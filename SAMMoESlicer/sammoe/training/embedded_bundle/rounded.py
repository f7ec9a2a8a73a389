"""Weights on a coarser grid, so that a copy of their file in a history takes little more than half.

A half float keeps eleven bits of every weight, of which a compressor finds nothing to leave out.
The bits that matter beside a row's largest weight are fewer.
"""

import torch
from torch import Tensor, nn

STEPS = 128
"""Of a row's largest weight, rounded up to a power of two."""


def rounded(module: nn.Module) -> dict[str, Tensor]:
    """Return a module's state with its matrices rounded, row by row, to steps of a power of two.

    What is no matrix that was learnt, as a mean to standardise by, stays as it is.
    """
    state: dict[str, Tensor] = dict(module.state_dict())
    matrices = {name: value for name, value in module.named_parameters() if value.dim() > 1}
    return state | {name: _rounded(value.detach()) for name, value in matrices.items()}


def _rounded(weights: Tensor) -> Tensor:
    largest = weights.abs().flatten(1).amax(dim=1).clamp(min=torch.finfo(torch.float32).tiny)
    step = torch.exp2(torch.ceil(torch.log2(largest))) / STEPS
    step = step.reshape(-1, *[1] * (weights.dim() - 1))
    return (weights / step).round() * step
