"""What a training step lowers for gate and experts together (paper 2.3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...model.sam_moe import SamMoE
from ..loop.precision import precision
from ..users.clicks import first_clicks
from ..users.plans import Plan
from ..users.rollout import fed_logits, play, rows_of
from ..view_batch import ViewBatch
from .fused_decoder import FusedDecoder
from .losses import mask_loss
from .objective import Objective


class JointObjective(Objective):
    """Train gate and experts together (paper 2.3): only the top-1 expert's decoder is updated.

    The gate is asked at the first click; the expert it ranks highest is fused with the general
    decoder by its score, so that the segmentation loss reaches the gate through the score as
    well. All rows of a batch are of one task, whose class the gate also learns directly.

    Args:
        model: With at least one expert and a gate; encoders and general decoder stay frozen.
        class_of: Index of the expert whose task `batch.kinds` names; m for 'general'.
        gate_weight: Of the gate's cross-entropy against the segmentation loss.
    """

    def __init__(
        self, model: SamMoE, *, class_of: dict[int, int], gate_weight: float = 0.5
    ) -> None:
        super().__init__()
        self._held = [model.requires_grad_(False).eval()]
        assert model.gate_network is not None
        self.gate = model.gate_network.requires_grad_(True)
        self.experts = model.expert_decoders.requires_grad_(True)
        self._class_of = class_of
        self._gate_weight = gate_weight

    @property
    def backbone(self) -> Any:
        """The frozen family."""
        return self._held[0].family

    def forward(self, batch: ViewBatch, plan: Plan, seed: int) -> tuple[Tensor, Tensor]:
        """Ask the gate at the first click, then play with the general and the top-1 decoder."""
        batch = self.place(batch)
        model: SamMoE = self._held[0]
        targets = torch.tensor(
            [self._class_of[int(kind)] for kind in batch.kinds], device=batch.masks.device
        )
        with precision(self.backbone, batch.patches.device):
            with torch.no_grad():
                embedding = rows_of(
                    self.backbone.encode_image(batch.patches, batch.context), batch.rows
                )
            points, labels = first_clicks(
                batch.masks, torch.Generator(batch.masks.device).manual_seed(seed)
            )
            with drawn_by(seed, batch.masks.device):
                scores = model.gate(
                    embedding,
                    point_coords=points[:, None],
                    point_labels=labels[:, None],
                    mask_logits=fed_logits(self.backbone, None, batch.masks),
                )
            top = int(scores[:, :-1].mean(dim=0).argmax())
            weight = scores[:, top]
            with only_trained(self.experts, top):
                fused = FusedDecoder(model.general, self.experts[top], weight)
                outcome = play(
                    self.backbone,
                    fused,
                    embedding,
                    batch.masks,
                    plan=plan,
                    generator=torch.Generator(batch.masks.device).manual_seed(seed),
                    row_loss=mask_loss,
                    ignored=batch.ignored,
                )
        routing = F.nll_loss(scores.float().clamp(min=1e-6).log(), targets)
        return outcome.loss.mean() + self._gate_weight * routing, outcome.dice.mean()


@contextmanager
def drawn_by(seed: int, device: torch.device) -> Iterator[None]:
    """Let dropout draw by a seed, so that a resumed training drops the same."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


@contextmanager
def only_trained(experts: nn.ModuleList, top: int) -> Iterator[None]:
    """Let gradients reach one expert's decoder only."""
    for n, expert in enumerate(experts):
        expert.requires_grad_(n == top)
    try:
        yield
    finally:
        experts.requires_grad_(True)
