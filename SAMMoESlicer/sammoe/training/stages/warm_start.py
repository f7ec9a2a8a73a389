"""Start from weights of an earlier architecture: what fits is taken, what is new is as drawn."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


@torch.no_grad()
def warm_start(module: nn.Module, state: Mapping[str, Tensor]) -> list[str]:
    """Fill a module's weights from a state dict, as far as names and sizes allow.

    A weight that has grown keeps the old part; new input channels of a convolution start at zero,
    so that the module answers as before until it learns more; new rows stay as drawn.

    Returns:
        The names that were not filled at all.
    """
    untouched = []
    for name, value in module.state_dict().items():
        old = state.get(name)
        if old is None or old.dim() != value.dim():
            untouched.append(name)
            continue
        kept = tuple(slice(0, min(a, b)) for a, b in zip(old.shape, value.shape, strict=True))
        if value.dim() > 1 and value.shape[1] > old.shape[1]:
            value[:, old.shape[1] :] = 0.0
        value[kept] = old[kept].to(value.dtype)
    return untouched
