"""The compact prompt encoder: clicks as tokens, and every prompt as maps over the patch."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...prompts import BACKGROUND, PADDING
from ..backbone import UNKNOWN_LOGIT, PromptEmbeddings
from .context import ContextToken
from .guidance import click_maps, sample_at
from .image_encoder import CompactEmbedding
from .layers import FourierPosition, point_fractions, space_to_depth

DENSE_CHANNELS = 22
"""Click maps (7), box inside and box given (2), earlier mask (8) and where it is known (1), and
scribbles and lassos (4)."""
CURVES = 4
"""Maps of scribbles on the object and beside it, of what lassos hold and of what they cut away."""
CONTEXT_TOKENS = 1
"""Sparse tokens after those of clicks and box."""
CORNERS = 2
"""Sparse tokens of a box."""
BOX_GIVEN = 8
"""The dense channel that is 1 where a row has a box."""
POINTING = (0, 3, 17, 18, 19, 20, 21)
"""The dense channels that are 0 where nothing but a box was given: spots at clicks, where an
earlier mask is known, scribbles and lassos."""


class PromptEncoder(nn.Module):
    """Encode clicks, a box and the earlier mask of one object per row."""

    def __init__(self, *, embed_dim: int, quarter_dim: int, half_dim: int) -> None:
        super().__init__()
        self.position = FourierPosition(embed_dim)
        self.label_embeddings = nn.Embedding(3, embed_dim)
        self.corner_embeddings = nn.Embedding(2, embed_dim)
        self.appearance = nn.Linear(quarter_dim + half_dim, embed_dim)
        self.context = ContextToken(embed_dim)

    def forward(
        self,
        image_embedding: CompactEmbedding,
        *,
        point_coords: Tensor,
        point_labels: Tensor,
        box: Tensor | None,
        mask_logits: Tensor | None,
        curves: Tensor | None = None,
    ) -> PromptEmbeddings:
        """Encode; see `Backbone.encode_prompts` for the arguments.

        A box without any click on the object gets a padding in its place, as in training. Where
        earlier logits are NaN, no earlier mask is known.

        Returns:
            sparse (B, N + 1, C), or (B, N + 3, C) with a box, N including that padding, the
            context's token last; dense (B, 22, D/2, H/2, W/2).
        """
        if box is not None and bool((point_labels == BACKGROUND).all()):
            point_coords = F.pad(point_coords, (0, 0, 1, 0))
            point_labels = F.pad(point_labels, (1, 0), value=PADDING)
        sparse = self._points(image_embedding, point_coords, point_labels)
        if box is not None:
            sparse = torch.cat([sparse, self._corners(box, image_embedding.patch)], dim=1)
        context = self.context(image_embedding.context)[:, None].to(sparse.dtype)
        sparse = torch.cat([sparse, context], dim=1)
        with torch.no_grad():
            dense = _dense_maps(
                image_embedding.patch, point_coords, point_labels, box, mask_logits, curves
            )
        return PromptEmbeddings(sparse, dense)

    def _points(
        self, embedding: CompactEmbedding, point_coords: Tensor, point_labels: Tensor
    ) -> Tensor:
        place = self.position(point_fractions(point_coords, tuple(embedding.patch.shape[2:])))
        looks = self.appearance(point_features(embedding, point_coords))
        known = (point_labels >= 0).unsqueeze(-1)
        role = self.label_embeddings(torch.where(point_labels < 0, 2, point_labels.long()))
        return role + torch.where(known, place + looks, torch.zeros_like(place))

    def _corners(self, box: Tensor, patch: Tensor) -> Tensor:
        """Encode box corners; a box of NaN (B, 2, 3) stands for 'this row has no box'."""
        place = self.position(point_fractions(box.nan_to_num(), tuple(patch.shape[2:])))
        given = box.isfinite().all(dim=-1, keepdim=True)
        no_box = self.label_embeddings.weight[2]
        return torch.where(given, place + self.corner_embeddings.weight, no_box)


def point_features(embedding: CompactEmbedding, point_coords: Tensor) -> Tensor:
    """Return quarter and half features at patch positions (B, N, 3): (B, N, C4 + C2)."""
    quarter = sample_at(embedding.quarter, (point_coords + 0.5) / 4 - 0.5)
    half = sample_at(embedding.half, (point_coords + 0.5) / 2 - 0.5)
    return torch.cat([quarter, half], dim=-1)


def _dense_maps(
    patch: Tensor,
    point_coords: Tensor,
    point_labels: Tensor,
    box: Tensor | None,
    mask_logits: Tensor | None,
    curves: Tensor | None,
) -> Tensor:
    patch_half = F.avg_pool3d(patch.float(), 2)
    grid = patch_half.shape[2:]
    if point_coords.shape[1]:
        clicks = click_maps(patch_half, (point_coords.float() + 0.5) / 2 - 0.5, point_labels)
    else:
        clicks = patch_half.new_zeros(len(patch), 7, *grid)
    boxes = patch_half.new_zeros(len(patch), 2, *grid) if box is None else _box_maps(box, grid)
    earlier = patch_half.new_zeros(len(patch), 9, *grid)
    if mask_logits is not None:
        known = _fit(mask_logits.isfinite().float(), patch)
        chance = _fit(mask_logits.float().nan_to_num(nan=UNKNOWN_LOGIT), patch).sigmoid()
        earlier[:, :8] = space_to_depth(chance * known)
        earlier[:, 8:] = F.avg_pool3d(known, 2)
    drawn = patch_half.new_zeros(len(patch), CURVES, *grid)
    if curves is not None:
        drawn = F.max_pool3d(curves.float(), 2)
    return torch.cat([clicks, boxes, earlier, drawn], dim=1)


def _fit(mask_logits: Tensor, patch: Tensor) -> Tensor:
    if mask_logits.shape[2:] == patch.shape[2:]:
        return mask_logits
    return F.interpolate(mask_logits, size=patch.shape[2:], mode="trilinear", align_corners=False)


def _box_maps(box: Tensor, grid: torch.Size) -> Tensor:
    """Inside (1) and given (1) maps (B, 2, d, h, w); a NaN box gives zeros."""
    corners = (box.float() + 0.5) / 2 - 0.5
    given = box.isfinite().flatten(1).all(dim=1)
    inside = torch.ones(len(box), 1, 1, 1, device=box.device)
    for axis, length in enumerate(grid):
        index = torch.arange(length, device=box.device)
        low, high = corners[:, 0, axis, None], corners[:, 1, axis, None]
        soft = torch.clamp(torch.minimum(index - low, high - index) + 0.5, 0.0, 1.0)
        shape = [len(box), 1, 1, 1]
        shape[axis + 1] = length
        inside = inside * soft.reshape(shape)
    inside = torch.where(given[:, None, None, None], inside, 0.0)
    flags = given.float()[:, None, None, None].expand_as(inside)
    return torch.stack([inside, flags], dim=1)
