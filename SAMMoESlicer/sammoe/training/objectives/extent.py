"""What a training step lowers for the extent from one click: a head on frozen encoders."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ...model.extent import extent_bins
from ..loop.precision import precision
from ..users.clicks import first_clicks
from ..users.plans import Plan
from ..users.rollout import extent_part, fed_logits, rows_of
from ..view_batch import ViewBatch
from .losses import EXTENT_WEIGHT
from .objective import Objective

CLOSE = 1.4
"""A distance within this factor of the true one counts as right."""


class ExtentObjective(Objective):
    """Train a compact backbone's extent head; everything else stays as it is.

    Args:
        backbone: Of the compact family.
        decoders: By the owner of the views whose objects they draw: the head reads their first
            masks.
    """

    def __init__(self, backbone: Any, decoders: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self._held = [backbone.requires_grad_(False)]
        self._decoders = [{name: d.requires_grad_(False).eval() for name, d in decoders.items()}]
        self.head = backbone.extent_head.requires_grad_(True)

    @property
    def backbone(self) -> Any:
        """The family."""
        return self._held[0]

    def forward(self, batch: ViewBatch, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
        """Return the loss, and the share of distances within a factor of 1.4."""
        batch = self.place(batch)
        assert batch.bounds is not None
        backbone, decoder = self.backbone, self._decoders[0][batch.owner]
        generator = torch.Generator(batch.masks.device).manual_seed(seed)
        with torch.no_grad(), precision(backbone, batch.patches.device):
            images = backbone.encode_image(batch.patches, batch.context)
            embedding = rows_of(images, batch.rows)
            points, labels = first_clicks(batch.masks, generator, at_click=batch.at_click)
            prompts = backbone.encode_prompts(
                embedding,
                point_coords=points[:, None],
                point_labels=labels[:, None],
                mask_logits=fed_logits(backbone, None, batch.masks),
            )
            decoded = decoder(embedding, prompts)
        logits = backbone.extent(decoded, embedding, prompts)
        loss = extent_part(logits, points[:, None], labels[:, None], batch.bounds, batch.masks)
        known = batch.bounds.isfinite().flatten(1).all(dim=1)
        close = _close_share(logits, points, batch)[known]
        return loss[known].mean() / EXTENT_WEIGHT, close.mean()


def _close_share(logits: Tensor, points: Tensor, batch: ViewBatch) -> Tensor:
    """Return the share (R,) of the six distances whose likeliest bin is close to the truth."""
    assert batch.bounds is not None
    bins = torch.as_tensor(extent_bins(), dtype=torch.float32, device=logits.device)
    guessed = bins[logits.argmax(dim=-1)] * batch.masks.shape[1]
    true = (batch.bounds - points[:, None]).abs().clamp(min=1.0)
    off = (guessed.clamp(min=1.0) / true).log().abs()
    return (off < torch.tensor(CLOSE).log()).float().mean(dim=(1, 2))
