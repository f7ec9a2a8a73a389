"""SAM-Med3D's mask decoder: one object's prompts and an image embedding to mask logits."""

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..packed_linear import PackedLinear, can_pack, pack_linears
from .layers import HeadMlp, LayerNorm3d
from .two_way_transformer import TwoWayTransformer


class TokenUpscale(nn.ConvTranspose3d):
    """A transposed convolution of stride 2 as one matrix product over channels-last tokens."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(in_channels, out_channels, kernel_size=2, stride=2)

    def forward(self, tokens: Tensor) -> Tensor:  # type: ignore[override]
        """Map (..., C) to the eight children of each token, (..., 8, C') in order d, h, w."""
        return F.linear(tokens, *self._linear_parameters()).unflatten(-1, (8, -1))

    def packed(self, *, activation: str = "none", bfloat16: bool = False) -> nn.Module:
        """Return the same for inference on a CPU, with the activation that follows."""
        weight, bias = self._linear_parameters()
        linear = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
        linear.weight, linear.bias = nn.Parameter(weight), nn.Parameter(bias)
        return nn.Sequential(
            PackedLinear(linear, activation=activation, bfloat16=bfloat16),
            nn.Unflatten(-1, (8, self.out_channels)),
        )

    def _linear_parameters(self) -> tuple[Tensor, Tensor]:
        """Return weight (8 C', C) and bias (8 C') of the matrix product."""
        weight = self.weight.permute(2, 3, 4, 1, 0).flatten(0, 3)
        return weight, cast(Tensor, self.bias).repeat(8)


class MaskDecoder(nn.Module):
    """Predict mask logits.

    Upstream has four mask tokens and a head that predicts their quality; its inference uses
    token 0 alone. The others keep their parameters here, so that checkpoints load and save
    unchanged, and are never computed further than the transformer.

    Args:
        width: Channels of a token.
        depth: Two-way blocks.
        num_heads: Heads of every attention.
        inner_width: Channels within the cross-attentions.
        mlp_width: Hidden channels of the blocks' MLPs.
        num_mask_tokens: Mask tokens, of which index 0 is used.
        upscale_channels: Channels after each of the two upscalings.
        iou_width: Hidden channels of the quality head.
        iou_depth: Layers of the quality head.
    """

    def __init__(
        self,
        *,
        width: int,
        depth: int = 2,
        num_heads: int = 8,
        inner_width: int | None = None,
        mlp_width: int = 2048,
        num_mask_tokens: int = 4,
        upscale_channels: tuple[int, int] | None = None,
        iou_width: int = 256,
        iou_depth: int = 3,
    ) -> None:
        super().__init__()
        middle, last = upscale_channels or (width // 4, width // 8)
        self.transformer = TwoWayTransformer(
            width,
            depth=depth,
            num_heads=num_heads,
            inner_width=inner_width or width // 2,
            mlp_width=mlp_width,
        )
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(num_mask_tokens, width)
        self.output_upscaling = nn.Sequential(
            TokenUpscale(width, middle),
            LayerNorm3d(middle),
            nn.GELU(),
            TokenUpscale(middle, last),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(
            HeadMlp((width, width, width, last)) for _ in range(num_mask_tokens)
        )
        self.iou_prediction_head = HeadMlp((width, *[iou_width] * (iou_depth - 1), num_mask_tokens))

    def forward(
        self,
        image_embedding: Tensor,
        *,
        image_positions: Tensor,
        sparse_prompt_embeddings: Tensor,
        dense_prompt_embeddings: Tensor,
    ) -> Tensor:
        """Return mask logits (B, 1, 4 g, 4 g, 4 g).

        Args:
            image_embedding: (B or 1, C, g, g, g).
            image_positions: (g, g, g, C) encoded positions of the image tokens.
            sparse_prompt_embeddings: (B, N, C).
            dense_prompt_embeddings: (B, C, g, g, g).
        """
        batch, grid = len(sparse_prompt_embeddings), image_embedding.shape[2:]
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([own.expand(batch, -1, -1), sparse_prompt_embeddings], dim=1)
        image = (image_embedding + dense_prompt_embeddings).flatten(2).transpose(1, 2)
        tokens, image = self.transformer(
            tokens, image, image_positions=image_positions.flatten(0, 2)
        )
        kernel = self.output_hypernetworks_mlps[0](tokens[:, 1])
        logits = self._upscale(image) @ kernel[:, None, :, None]
        return _children_to_grid(logits.view(batch, *grid, 2, 2, 2, 2, 2, 2))

    def pack_for_cpu(self, *, bfloat16: bool = False) -> None:
        """Lay the weights out for inference on a CPU; see `packed_linear`."""
        if not can_pack():
            return
        first, norm, gelu, second, _ = cast(Iterable[Any], self.output_upscaling)
        self.output_upscaling = nn.Sequential(
            first.packed(bfloat16=bfloat16),
            norm,
            gelu,
            second.packed(activation="gelu", bfloat16=bfloat16),
            nn.Identity(),
        )
        pack_linears(self, bfloat16=bfloat16)

    def _upscale(self, image: Tensor) -> Tensor:
        """Map image tokens (B, T, C) to their 64 grandchildren, (B, T, 64, C'')."""
        first, norm, gelu, second, last_gelu = cast(Iterable[Any], self.output_upscaling)
        middle = gelu(norm.normalise_tokens(first(image)))
        grandchildren: Tensor = last_gelu(second(middle)).flatten(2, 3)
        return grandchildren


def _children_to_grid(values: Tensor) -> Tensor:
    """Put (B, d, h, w, children (2, 2, 2), grandchildren (2, 2, 2)) on the grid (B, 1, ...)."""
    batch, d, h, w = values.shape[:4]
    ordered = values.permute(0, 1, 4, 7, 2, 5, 8, 3, 6, 9)
    return ordered.reshape(batch, 1, 4 * d, 4 * h, 4 * w)
