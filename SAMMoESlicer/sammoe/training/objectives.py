"""What a training step lowers, for the general model, for one expert, for experts and gate."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..model.sam_moe import SamMoE
from .clicks import first_clicks
from .fused_decoder import FusedDecoder
from .losses import mask_loss
from .precision import precision
from .rollout import Plan, RowLoss, fed_logits, play
from .synthetic.views import ViewBatch
from .tissue_loss import object_loss, right_share, tissue_loss

TISSUE_WEIGHT = 0.5
"""Of knowing what every place is, against segmenting what is prompted."""
FORGOTTEN_CONTEXTS = 0.15
PLACES_WEIGHT = 0.2
"""Of knowing what every place is, against knowing what every object is."""


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
        placed = {
            name: value.to(device) if isinstance(value, Tensor) else value
            for name, value in vars(batch).items()
        }
        return ViewBatch(**placed)


class ExpertObjective(Objective):
    """Fine-tune one mask decoder; both encoders stay frozen.

    Args:
        backbone: The frozen family.
        decoder: What is trained.
        row_loss: Dice + cross-entropy by default.
    """

    def __init__(
        self, backbone: Any, decoder: nn.Module, *, row_loss: RowLoss | None = None
    ) -> None:
        super().__init__()
        self._held = [backbone.requires_grad_(False).eval()]
        self.decoder = decoder.requires_grad_(True)
        self._row_loss = row_loss or dice_and_cross_entropy

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
                row_loss=self._row_loss,
                bounds=batch.bounds,
                at_click=batch.at_click,
            )
        return outcome.loss.mean(), outcome.dice.mean()


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
            )
            loss = outcome.loss.mean()
            if batch.tissue is not None and self.tissue_head is not None:
                guess = self.tissue_head(images)
                loss = loss + TISSUE_WEIGHT * tissue_loss(guess, batch.tissue)
        return loss, outcome.dice.mean()


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
                embedding = rows_of(self.backbone.encode_image(batch.patches, batch.context), batch.rows)
            points, labels = first_clicks(batch.masks, torch.Generator(batch.masks.device).manual_seed(seed))
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
                    row_loss=dice_and_cross_entropy,
                )
        routing = F.nll_loss(scores.float().clamp(min=1e-6).log(), targets)
        return outcome.loss.mean() + self._gate_weight * routing, outcome.dice.mean()


def forgotten(context: Tensor | None, seed: int) -> Tensor | None:
    """Return contexts (V, 4), some of them withheld: a user's scan may not tell them rightly."""
    if context is None:
        return None
    generator = torch.Generator(context.device).manual_seed(seed + 1)
    chance = torch.rand(len(context), 1, generator=generator, device=context.device)
    return torch.where(chance < FORGOTTEN_CONTEXTS, torch.nan, context)


@contextmanager
def drawn_by(seed: int, device: torch.device) -> Iterator[None]:
    """Let dropout draw by a seed, so that a resumed training drops the same."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


def dice_and_cross_entropy(mask_logits: Tensor, masks: Tensor) -> Tensor:
    """Return MONAI's Dice loss plus cross-entropy for every row.

    Args:
        mask_logits: (R, 1, d, h, w).
        masks: (R, d, h, w) bool.

    Returns:
        (R,) losses.
    """
    logits, target = mask_logits.float(), masks[:, None].float()
    overlap: Tensor = _dice_loss()(logits, target).flatten(1).mean(1)
    surprise = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return overlap + surprise.flatten(1).mean(1)


def rows_of(embedding: Any, rows: Tensor) -> Any:
    """Return the image embeddings of some images, repeats allowed, of any family."""
    if isinstance(embedding, Tensor):
        return embedding.index_select(0, rows)
    return embedding.select(rows)


@contextmanager
def only_trained(experts: nn.ModuleList, top: int) -> Iterator[None]:
    """Let gradients reach one expert's decoder only."""
    for n, expert in enumerate(experts):
        expert.requires_grad_(n == top)
    try:
        yield
    finally:
        experts.requires_grad_(True)


@cache
def _dice_loss() -> Any:
    from monai.losses import DiceLoss

    return DiceLoss(sigmoid=True, reduction="none")
