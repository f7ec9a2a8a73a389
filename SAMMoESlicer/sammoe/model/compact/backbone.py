"""The compact family as a `Backbone`."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import PromptError
from ..backbone import FirstDecoded, PromptEmbeddings
from .context import unknown_context
from .extent_head import ExtentHead
from .guidance import sample_at
from .image_encoder import CompactEmbedding, ImageEncoder
from .mask_decoder import Decoded, MaskDecoder, decoder_inputs
from .packing import pack_compact
from .prompt_encoder import PromptEncoder, point_features
from .tissue_head import TissueHead
from .tissue_net import TISSUES, TissueNet, tissue_log_probabilities

NEIGHBOURHOOD_STEP = 4.0
"""Voxels between the 3^3 places around a click whose features are averaged."""


class CompactBackbone(nn.Module):
    """Image and prompt encoder of the compact family; decoders come from `new_decoder`.

    Takes patches of any size whose sides are multiples of 8 and at least 16; 64 is the size it
    is meant for, 32 a quicker and coarser look.
    """

    architecture = "compact"
    starts_with_zero_logits = False
    takes_unknown_parts = True
    takes_curves = True
    predicts_extent = True
    corrects_one_way = True
    computes_in_bfloat16 = True

    def __init__(
        self,
        *,
        patch_size: int = 64,
        embed_dim: int = 128,
        quarter_dim: int = 64,
        half_dim: int = 32,
        encoder_width: int = 192,
        encoder_depth: int = 6,
        heads: int = 6,
        decoder_quarter_dim: int = 48,
        decoder_depth: int = 2,
        decoder_heads: int = 4,
        tissue_width: int = 20,
    ) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.logits_size = patch_size
        self.embed_dim = embed_dim
        self.local_dim = 2 * (quarter_dim + half_dim + 1 + TISSUES)
        self.image_encoder = ImageEncoder(
            embed_dim=embed_dim,
            quarter_dim=quarter_dim,
            half_dim=half_dim,
            width=encoder_width,
            depth=encoder_depth,
            heads=heads,
        )
        self.prompt_encoder = PromptEncoder(
            embed_dim=embed_dim, quarter_dim=quarter_dim, half_dim=half_dim
        )
        with torch.random.fork_rng(devices=[]):  # What the others start from is as without it.
            self.tissue_net = TissueNet(width=tissue_width)
        with torch.random.fork_rng(devices=[]):
            self.extent_head = ExtentHead(embed_dim)
        self._grids = {"embed_dim": embed_dim, "quarter_dim": quarter_dim, "half_dim": half_dim}
        self._decoder_sizes = {
            **self._grids,
            "inner_quarter": decoder_quarter_dim,
            "depth": decoder_depth,
            "heads": decoder_heads,
        }

    def encode_image(self, patch: Tensor, context: Tensor | None = None) -> CompactEmbedding:
        """Encode a normalised patch (B, 1, D, H, W), values in [-1, 1]; see `Backbone`.

        Raises:
            PromptError: Sides that are not multiples of 8 or are below 16.
        """
        sides = tuple(patch.shape[2:])
        if any(side % 8 or side < 16 for side in sides):
            raise PromptError(f"a compact patch has sides of 16, 24, 32, ... voxels, got {sides}")
        if context is None:
            context = unknown_context(len(patch), patch.device)
        return self.image_encoder(patch, context)

    def encode_prompts(
        self,
        image_embedding: CompactEmbedding,
        *,
        point_coords: Tensor,
        point_labels: Tensor,
        box: Tensor | None = None,
        mask_logits: Tensor | None = None,
        curves: Tensor | None = None,
    ) -> PromptEmbeddings:
        """Encode prompts of one object per row; see `Backbone.encode_prompts`.

        In a batch, a row whose box is NaN has none.
        """
        return self.prompt_encoder(
            image_embedding,
            point_coords=point_coords,
            point_labels=point_labels,
            box=box,
            mask_logits=mask_logits,
            curves=curves,
        )

    def new_decoder(self) -> MaskDecoder:
        """Return a fresh mask decoder of this backbone's sizes."""
        return MaskDecoder(**self._decoder_sizes)

    def pack_for_cpu(self, *, bfloat16: bool = False) -> None:
        """Lay the weights out for inference on this processor, for good.

        Its layers round by themselves from then on, or not at all.
        """
        pack_compact(self, bfloat16=bfloat16)
        self.computes_in_bfloat16 = False

    def new_tissue_head(self) -> TissueHead:
        """Return a fresh head that guesses the sort of every place from an embedding."""
        return TissueHead(**self._grids)

    def decode(
        self,
        decoder: nn.Module,
        image_embedding: CompactEmbedding,
        prompt_embeddings: PromptEmbeddings,
    ) -> Tensor:
        """Return mask logits (B, 1, D, H, W) of one decoder, of the patch's full size."""
        return decoder(image_embedding, prompt_embeddings).mask_logits

    def decode_together(
        self,
        decoders: Sequence[nn.Module],
        image_embedding: CompactEmbedding,
        prompt_embeddings: PromptEmbeddings,
    ) -> list[Tensor]:
        """Return each decoder's mask logits (B, 1, D, H, W); what they share is computed once.

        See `model.backbone.DecodesTogether`.
        """
        inputs = decoder_inputs(image_embedding, prompt_embeddings)
        masks = [cast(MaskDecoder, decoder).decode(inputs) for decoder in decoders]
        return [decoded.mask_logits for decoded in masks]

    def decode_first(
        self,
        decoder: nn.Module,
        image_embedding: CompactEmbedding,
        prompt_embeddings: PromptEmbeddings,
    ) -> FirstDecoded:
        """Return how far a decoder believes the clicked object to reach; see `FirstDecoded`."""
        decoded: Decoded = decoder(image_embedding, prompt_embeddings)
        return FirstDecoded(
            self.extent(decoded, image_embedding, prompt_embeddings),
            decoded.mask_logits,
            decoded.quality_logits.sigmoid(),
        )

    def extent(
        self,
        decoded: Decoded,
        image_embedding: CompactEmbedding,
        prompt_embeddings: PromptEmbeddings,
    ) -> Tensor:
        """Return how far the first click's object reaches, (B, 2, 3, BINS); see `model.extent`.

        Args:
            decoded: What a decoder said.
            image_embedding: Of the same rows.
            prompt_embeddings: Likewise; with a foreground click.
        """
        extent_logits: Tensor = self.extent_head(
            decoded.mask_logits,
            decoded.extent_token,
            prompt_embeddings.dense,
            image_embedding.context,
        )
        return extent_logits

    def image_tokens(self, image_embedding: CompactEmbedding) -> Tensor:
        """Return the coarse tokens (B, T, embed_dim)."""
        return image_embedding.coarse.flatten(2).transpose(1, 2)

    def encoded_patch(self, image_embedding: CompactEmbedding) -> Tensor:
        """Return the normalised patch (B, 1, D, H, W)."""
        return image_embedding.patch

    def local_features(self, image_embedding: CompactEmbedding, point_coords: Tensor) -> Tensor:
        """Return fine features at positions and their mean over the 27 places around.

        The features are the encoder's, the grey value, and what sort of structure it looks like.
        A vessel is so thin that the mean is of what surrounds it.

        Args:
            image_embedding: What `encode_image` returned.
            point_coords: (B, N, 3) patch ijk.

        Returns:
            (B, N, local_dim).
        """
        if point_coords.shape[1] == 0:
            return point_coords.new_zeros(len(point_coords), 0, self.local_dim)
        steps = torch.tensor([0.0, -1.0, 1.0], device=point_coords.device) * NEIGHBOURHOOD_STEP
        offsets = torch.cartesian_prod(steps, steps, steps)
        around = (point_coords[:, :, None, :] + offsets).flatten(1, 2)
        fine = point_features(image_embedding, around)
        grey = sample_at(F.avg_pool3d(image_embedding.patch, 2), (around + 0.5) / 2 - 0.5)
        looks = tissue_log_probabilities(self.tissue_net, image_embedding.patch)
        tissue = sample_at(looks, (around + 0.5) / 4 - 0.5)
        every = torch.cat([fine, grey.to(fine.dtype), tissue.to(fine.dtype)], dim=-1)
        cells = every.unflatten(1, (-1, len(offsets)))
        return torch.cat([cells[:, :, 0], cells.mean(dim=2)], dim=-1)
