"""How far the clicked object reaches, read off what was drawn, slice by slice away from the click.

Along each axis the mask is reduced to two numbers a slice: its highest chance, and how much of the
slice it fills. Sampled at logarithmic distances from the click, towards either side, they say where
the object ends as far as the patch reaches; what the decoder's token knows goes beyond.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..extent import BINS, extent_bins
from .context import FEATURES as CONTEXT_FEATURES
from .context import context_features

HIDDEN = 96
SPOT = 0
"""The dense prompt channel with a narrow spot at every foreground click."""


class ExtentHead(nn.Module):
    """Six distributions over logarithmic bins, from a decoded mask; one network for all six.

    Args:
        token_width: Of the decoder's own token.
    """

    bins: Tensor

    def __init__(self, token_width: int) -> None:
        super().__init__()
        self.register_buffer(
            "bins", torch.as_tensor(extent_bins(), dtype=torch.float32), persistent=False
        )
        self.token = nn.Linear(token_width + CONTEXT_FEATURES, HIDDEN)
        self.sides = nn.Embedding(6, HIDDEN)
        self.profile = nn.Linear(2 * 3 * BINS, HIDDEN)
        self.hidden = nn.Linear(HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, BINS)

    def forward(self, mask_logits: Tensor, token: Tensor, dense: Tensor, context: Tensor) -> Tensor:
        """Return logits (B, 2, 3, BINS); low faces before high ones, axis by axis.

        Args:
            mask_logits: (B, 1, D, H, W) of the first click.
            token: (B, C) the decoder's.
            dense: (B, C', d, h, w) the dense prompt maps, which show where the click lies.
            context: (B, 4) what is known of the patch.
        """
        chance = F.avg_pool3d(mask_logits.float(), 2).sigmoid()[:, 0]
        profiles = self._profiles(chance, _clicks(dense[:, SPOT].float()))
        known = torch.cat([token.float(), context_features(context)], dim=1)
        hidden = self.profile(profiles) + self.sides.weight + self.token(known)[:, None]
        hidden = F.gelu(hidden)
        hidden = hidden + F.gelu(self.hidden(hidden))
        logits: Tensor = self.out(hidden)
        return logits.unflatten(1, (2, 3))

    def _profiles(self, chance: Tensor, clicks: Tensor) -> Tensor:
        """Return what lies at each distance from the click (B, 6, 6 * BINS), both ways.

        Of the side asked about, of the opposite side, and along the two other axes, whose numbers
        are averaged: whether a mask is a plate or a tube tells how far it may reach.
        """
        along = []
        for axis in range(3):
            others = [a for a in (1, 2, 3) if a != axis + 1]
            highest = chance.amax(dim=others)
            filled = chance.mean(dim=others).sqrt()
            slices = torch.stack([highest, filled], dim=1)
            for sign in (-1.0, 1.0):
                away = clicks[:, axis, None] + sign * self.bins * slices.shape[2]
                along.append(_sampled(slices, away))
        by_side = torch.stack(along, dim=1).flatten(2).unflatten(1, (3, 2)).transpose(1, 2)
        opposite = by_side.flip(1)
        across = (by_side.sum(dim=(1, 2), keepdim=True) - by_side - opposite) / 4.0
        return torch.cat([by_side, opposite, across.expand_as(by_side)], dim=-1).flatten(1, 2)


def _clicks(spots: Tensor) -> Tensor:
    """Return where (B, 3) each row's first click lies, in voxels of the dense maps."""
    _, height, width = spots.shape[1:]
    best = spots.flatten(1).argmax(dim=1)
    return torch.stack([best // (height * width), best // width % height, best % width], 1).float()


def _sampled(slices: Tensor, places: Tensor) -> Tensor:
    """Return numbers (B, 2, n) at places (B, BINS), linearly; -1 beyond the patch: (B, 2, BINS)."""
    last = slices.shape[2] - 1
    low = places.floor().clamp(0, last)
    part = (places - low).clamp(0.0, 1.0)[:, None]
    index = low.long()[:, None].expand(-1, 2, -1)
    below = slices.gather(2, index)
    above = slices.gather(2, (index + 1).clamp(max=last))
    beyond = ((places < -0.5) | (places > last + 0.5))[:, None]
    return torch.where(beyond, -1.0, torch.lerp(below, above, part))
