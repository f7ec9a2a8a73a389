"""A user who draws a box and nothing else."""

from typing import Any

import torch
from torch import Tensor, nn

from ..view_batch import ViewBatch
from .clicks import jittered_boxes
from .rollout import answer, fed_logits


def drawn_from_box(
    backbone: Any,
    decoder: nn.Module,
    image_embedding: Any,
    masks: Tensor,
    boxes: Tensor,
) -> Tensor:
    """Return what a decoder draws from a box, logits (R, 1, n, n, n).

    Args:
        backbone: Both encoders, of any family that was trained on boxes.
        decoder: The decoder that answers.
        image_embedding: One row for each object.
        masks: (R, n, n, n) bool, the true objects.
        boxes: (R, 2, 3) as they were drawn, patch ijk.
    """
    prompts = backbone.encode_prompts(
        image_embedding,
        point_coords=torch.zeros(len(masks), 0, 3, device=masks.device),
        point_labels=torch.zeros(len(masks), 0, dtype=torch.long, device=masks.device),
        box=boxes,
        mask_logits=fed_logits(backbone, None, masks),
    )
    logits, _, _ = answer(backbone, decoder, image_embedding, prompts, masks)
    return logits.float()


def boxes_around(batch: ViewBatch, generator: torch.Generator, *, most_jitter: float) -> Tensor:
    """Return the box (R, 2, 3), patch ijk, that somebody drew around every object.

    Args:
        batch: The objects; where its views lie around drawn boxes, these are taken.
        generator: Decides the errors otherwise; of the batch's device.
        most_jitter: Largest standard deviation of a face's error, as a part of the box's side.
    """
    if batch.boxes is not None:
        return batch.boxes
    masks = batch.masks
    jitter = most_jitter * torch.rand(len(masks), generator=generator, device=masks.device)
    return jittered_boxes(masks, generator, jitter=jitter)
