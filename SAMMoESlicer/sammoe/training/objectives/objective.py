"""What every training step lowers: a module that turns a batch and a plan into a loss."""

from typing import Any

from torch import Tensor, nn

from ..users.plans import Plan
from ..view_batch import ViewBatch


class Objective(nn.Module):
    """A step's loss; its parameters with `requires_grad` are what is trained."""

    backbone: Any
    """The family, kept out of the module's parameters unless it is trained."""

    def forward(self, batch: ViewBatch, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
        """Return the mean loss and the mean Dice after the last click, both scalars."""
        raise AssertionError("an objective says what it lowers")

    def place(self, batch: ViewBatch) -> ViewBatch:
        """Return the batch where the parameters are."""
        device = next(self.parameters()).device
        return batch.to(device)
