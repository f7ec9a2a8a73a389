"""What a training step lowers for one expert: its decoder, between frozen encoders."""

from typing import Any

import torch
from torch import Tensor, nn

from ..loop.precision import precision
from ..users.plans import Plan
from ..users.rollout import RowLoss, play, rows_of
from ..view_batch import ViewBatch
from .losses import mask_loss
from .objective import Objective


class ExpertObjective(Objective):
    """Fine-tune one mask decoder; both encoders stay frozen.

    Args:
        backbone: The frozen family.
        decoder: What is trained.
        beside: A decoder whose masks are averaged with its own, where nothing is learned.
        row_loss: As the general decoder's by default.
    """

    def __init__(
        self,
        backbone: Any,
        decoder: nn.Module,
        *,
        beside: nn.Module | None = None,
        row_loss: RowLoss | None = None,
    ) -> None:
        super().__init__()
        self._held = [backbone.requires_grad_(False).eval(), beside]
        self.decoder = decoder.requires_grad_(True)
        self._row_loss = row_loss or mask_loss

    @property
    def backbone(self) -> Any:
        """The frozen family."""
        return self._held[0]

    def forward(self, batch: ViewBatch, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
        """Play the plan on a batch."""
        batch = self.place(batch)
        with precision(self.backbone, batch.patches.device):
            with torch.no_grad():
                embedding = self.backbone.encode_image(batch.patches, batch.context)
                embedding = rows_of(embedding, batch.rows)
            outcome = play(
                self.backbone,
                self.decoder,
                embedding,
                batch.masks,
                plan=plan,
                generator=torch.Generator(batch.masks.device).manual_seed(seed),
                beside=self._held[1],
                row_loss=self._row_loss,
                bounds=batch.bounds,
                boxes=batch.boxes,
                at_click=batch.at_click,
                ignored=batch.ignored,
            )
        return outcome.loss.mean(), outcome.dice.mean()
