"""What a training step lowers for the network that says what sort of structure is where."""

from typing import Any

from torch import Tensor

from ..loop.precision import precision
from ..users.plans import Plan
from ..view_batch import ViewBatch
from .objective import Objective
from .tissue_loss import object_loss, right_share, tissue_loss

PLACES_WEIGHT = 0.2
"""Of knowing what every place is, against knowing what every object is."""


class TissueObjective(Objective):
    """Train a compact backbone's tissue network; everything else stays as it is.

    Args:
        backbone: Of the compact family.
    """

    def __init__(self, backbone: Any) -> None:
        super().__init__()
        self._held = [backbone.requires_grad_(False)]
        self.net = backbone.tissue_net.requires_grad_(True)

    @property
    def backbone(self) -> Any:
        """The family."""
        return self._held[0]

    def forward(self, batch: ViewBatch, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
        """Return the loss, and the share of places that are guessed right."""
        batch = self.place(batch)
        assert batch.tissue is not None
        assert batch.objects is not None
        with precision(self.backbone, batch.patches.device):
            guess = self.net(batch.patches)
        places = tissue_loss(guess, batch.tissue)
        whole = object_loss(guess, batch.tissue, batch.objects)
        return whole + PLACES_WEIGHT * places, right_share(guess, batch.tissue)
