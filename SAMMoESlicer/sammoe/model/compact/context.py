"""What is known of a patch besides its grey values: the size of its voxels, whether it is CT."""

import torch
from torch import Tensor, nn

CONTEXT = 4
"""mm between voxels along each axis, and 1 for CT or 0."""
LEAST_MM, MOST_MM = 0.2, 16.0
"""Voxel sizes the weights have seen; beyond them they are not told."""
FEATURES = 6


class ContextToken(nn.Module):
    """A learned linear map of what is known; it says nothing where nothing is known.

    It starts at zero, so that weights from before it go on as they were.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(FEATURES, width, bias=False)
        nn.init.zeros_(self.linear.weight)

    def forward(self, context: Tensor) -> Tensor:
        """Map a context (B, 4), NaN for unknown, to (B, width)."""
        mapped: Tensor = self.linear(context_features(context))
        return mapped


def context_features(context: Tensor) -> Tensor:
    """Return logarithms of sizes, CT, not CT and known (B, 6); all 0 where a row is unknown."""
    spacing = context[:, :3]
    known = (
        context.isfinite().all(dim=1) & (spacing >= LEAST_MM).all(1) & (spacing <= MOST_MM).all(1)
    )
    sizes = torch.log2(spacing.nan_to_num(nan=1.0).clamp(LEAST_MM, MOST_MM)) / 2.0
    is_ct = context[:, 3:].nan_to_num()
    features = torch.cat([sizes, is_ct, 1.0 - is_ct, torch.ones_like(is_ct)], dim=1)
    return torch.where(known[:, None], features, 0.0)


def unknown_context(rows: int, device: torch.device) -> Tensor:
    """Return a context (rows, 4) that says nothing."""
    return torch.full((rows, CONTEXT), torch.nan, device=device)
