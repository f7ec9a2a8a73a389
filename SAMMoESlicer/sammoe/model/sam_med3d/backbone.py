"""SAM-Med3D as a backbone: what gate, selector, engine and training see of it."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...errors import PromptError
from ..backbone import PromptEmbeddings
from .image_encoder import ImageEncoder
from .mask_decoder import MaskDecoder
from .prompt_encoder import PromptEncoder


class SamMed3dBackbone(nn.Module):
    """Both encoders of SAM-Med3D and the recipe of its mask decoder.

    The image embedding is a tensor (B, C, g, g, g); see `model.backbone.Backbone`.

    Args:
        image_encoder: Turns a patch into the image embedding.
        prompt_encoder: Turns clicks and previous logits into embeddings.
        decoder_sizes: Keyword arguments of `MaskDecoder`.
    """

    architecture = "sam_med3d"
    starts_with_zero_logits = True
    takes_unknown_parts = False
    takes_curves = False
    predicts_extent = False
    corrects_one_way = False
    computes_in_bfloat16 = False

    def __init__(
        self,
        image_encoder: ImageEncoder,
        prompt_encoder: PromptEncoder,
        *,
        decoder_sizes: dict[str, Any],
    ) -> None:
        super().__init__()
        self.image_encoder = image_encoder
        self.prompt_encoder = prompt_encoder
        self.decoder_sizes = decoder_sizes
        self.patch_size = prompt_encoder.patch_size
        self.logits_size = 4 * prompt_encoder.grid
        self.embed_dim: int = decoder_sizes["width"]
        self.local_dim = 2 * self.embed_dim

    def encode_image(self, patch: Tensor, context: Tensor | None = None) -> Tensor:
        """Encode a normalised patch (B, 1, D, H, W) as (B, C, g, g, g); all are of 1.5 mm."""
        embedding: Tensor = self.image_encoder(patch)
        return embedding

    def encode_prompts(
        self,
        image_embedding: Tensor,
        *,
        point_coords: Tensor,
        point_labels: Tensor,
        box: Tensor | None = None,
        mask_logits: Tensor | None = None,
        curves: Tensor | None = None,
    ) -> PromptEmbeddings:
        """Encode clicks (B, N, 3) patch ijk and previous logits (B, 1, 4 g, 4 g, 4 g).

        Raises:
            PromptError: A box: upstream never trained the embeddings of its corners. Curves: it
                has no maps for them.
        """
        if box is not None:
            raise PromptError(
                "SAM-Med3D was never trained with boxes; use the box as the region to look at "
                "and click inside it"
            )
        if curves is not None:
            raise PromptError(
                "SAM-Med3D was never trained with scribbles and lassos; click along them instead"
            )
        return PromptEmbeddings(
            sparse=self.prompt_encoder.encode_points(point_coords, point_labels),
            dense=self.prompt_encoder.encode_mask(mask_logits, batch=len(point_coords)),
        )

    def new_decoder(self) -> MaskDecoder:
        """Return a freshly initialised mask decoder."""
        return MaskDecoder(**self.decoder_sizes)

    def decode(
        self, decoder: nn.Module, image_embedding: Tensor, prompt_embeddings: PromptEmbeddings
    ) -> Tensor:
        """Return mask logits (B, 1, 4 g, 4 g, 4 g)."""
        logits: Tensor = decoder(
            image_embedding,
            image_positions=self.prompt_encoder.grid_positions(),
            sparse_prompt_embeddings=prompt_embeddings.sparse,
            dense_prompt_embeddings=prompt_embeddings.dense,
        )
        return logits

    def image_tokens(self, image_embedding: Tensor) -> Tensor:
        """Return the image tokens (B, g^3, C)."""
        return image_embedding.flatten(2).transpose(1, 2)

    def encoded_patch(self, image_embedding: Tensor) -> None:
        """Return None: the embedding is all there is."""

    def local_features(self, image_embedding: Tensor, point_coords: Tensor) -> Tensor:
        """Return features at clicks (B, N, 3) patch ijk, shape (B, N, 2 C).

        The first half is the embedding at the click, the second the mean of the 27 places up to
        one token away from it, all interpolated linearly; the border's tokens count outside too.
        """
        stride = self.patch_size // self.prompt_encoder.grid
        steps = torch.tensor([-stride, 0, stride], device=point_coords.device)
        places = point_coords[:, :, None] + torch.cartesian_prod(steps, steps, steps)
        where = (2 * (places + 0.5) / self.patch_size - 1).flip(-1)[:, :, None]
        sampled = F.grid_sample(
            image_embedding.expand(len(point_coords), -1, -1, -1, -1),
            where.to(image_embedding.dtype),
            padding_mode="border",
            align_corners=False,
        ).squeeze(3)
        both = torch.cat([sampled[..., 13], sampled.mean(dim=-1)], dim=1)
        return both.transpose(1, 2)
