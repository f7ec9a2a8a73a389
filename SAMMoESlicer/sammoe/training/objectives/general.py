"""What a training step lowers for the general model: encoders and general decoder."""

from typing import Any

import torch
from torch import Tensor, nn

from ..loop.precision import precision
from ..users.plans import Plan
from ..users.rollout import play, rows_of
from ..view_batch import ViewBatch
from .losses import mask_loss
from .objective import Objective
from .tissue_loss import tissue_loss

TISSUE_WEIGHT = 0.5
"""Of knowing what every place is, against segmenting what is prompted."""

FORGOTTEN_CONTEXTS = 0.15
"""Share of views whose voxel size and modality are withheld: a user's scan may not tell them."""


class GeneralObjective(Objective):
    """Train encoders and general decoder from scratch.

    With a tissue head, encoders also learn what every voxel is, where the views say it.

    Args:
        backbone: The family; trained.
        decoder: The general decoder; trained.
        tissue_head: What a compact backbone's `new_tissue_head` gave; thrown away afterwards.
    """

    def __init__(
        self, backbone: Any, decoder: nn.Module, *, tissue_head: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.tissue_head = tissue_head
        self.decoder = decoder
        if tissue_head is not None:
            backbone.tissue_net.requires_grad_(False)

    def forward(self, batch: ViewBatch, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
        """Play the plan on a batch, with gradients into the image encoder."""
        batch = self.place(batch)
        with precision(self.backbone, batch.patches.device):
            context = forgotten(batch.context, seed)
            images = self.backbone.encode_image(batch.patches, context)
            outcome = play(
                self.backbone,
                self.decoder,
                rows_of(images, batch.rows),
                batch.masks,
                plan=plan,
                generator=torch.Generator(batch.masks.device).manual_seed(seed),
                row_loss=mask_loss,
                bounds=batch.bounds,
                at_click=batch.at_click,
                ignored=batch.ignored,
            )
            loss = outcome.loss.mean()
            if batch.tissue is not None and self.tissue_head is not None:
                guess = self.tissue_head(images)
                loss = loss + TISSUE_WEIGHT * tissue_loss(guess, batch.tissue)
        return loss, outcome.dice.mean()


def forgotten(context: Tensor | None, seed: int) -> Tensor | None:
    """Return contexts (V, 4), some of them withheld."""
    if context is None:
        return None
    generator = torch.Generator(context.device).manual_seed(seed + 1)
    chance = torch.rand(len(context), 1, generator=generator, device=context.device)
    return torch.where(chance < FORGOTTEN_CONTEXTS, torch.nan, context)
