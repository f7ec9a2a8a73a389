"""Smooth random fields over a batch of crops."""

import torch
from torch import Tensor
from torch.nn import functional as F


def smooth_field(like: Tensor, cells: int, generator: torch.Generator) -> Tensor:
    """Return smooth noise of about unit spread, shape (B, m, m, m) and device as `like`.

    Args:
        like: (B, m, m, m).
        cells: Independent numbers along each axis.
        generator: Of that device.
    """
    grid = (len(like), 1, cells, cells, cells)
    noise = torch.randn(grid, generator=generator, device=like.device)
    field = F.interpolate(noise, size=like.shape[1:], mode="trilinear", align_corners=False)
    return 1.4 * field[:, 0]
