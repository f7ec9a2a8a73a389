"""Train a compact backbone's tissue head on label maps; everything else stays as it is."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .objectives import Objective
from .precision import precision
from .rollout import Plan
from .synthetic.appearance import OUTSIDE
from .synthetic.views import ViewBatch

GRID = 4
"""Patch voxels along a side of the head's grid."""
RARE = 0.01
"""Sorts that fill less than this share of a batch count as if they filled as much."""


class TissueObjective(Objective):
    """Cross-entropy at every place of the head's grid, rare sorts weighted up.

    Args:
        backbone: Its head is trained, its encoders stay frozen.
    """

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self._held = [backbone.requires_grad_(False).eval()]
        self.head = backbone.tissue_head.requires_grad_(True)

    @property
    def backbone(self) -> Any:
        """The frozen family."""
        return self._held[0]

    def forward(self, batch: ViewBatch, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
        """Return the loss, and the share of places that are guessed right."""
        batch = self.place(batch)
        assert batch.tissue is not None
        middle = GRID // 2
        wanted = batch.tissue[:, middle::GRID, middle::GRID, middle::GRID].long()
        with precision(self.backbone, batch.patches.device):
            with torch.no_grad():
                embedding = self.backbone.encode_image(batch.patches)
            logits = self.head(*embedding).float()
        known = wanted != OUTSIDE
        counts = torch.bincount(wanted[known], minlength=logits.shape[1]).float()
        weight = (counts / counts.sum().clamp(min=1)).clamp(min=RARE).rsqrt()
        loss = F.cross_entropy(logits, wanted, weight=weight, ignore_index=OUTSIDE)
        right = (logits.argmax(dim=1) == wanted)[known].float().mean()
        return loss, right.detach()
