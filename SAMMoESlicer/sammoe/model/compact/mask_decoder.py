"""The compact mask decoder: two-way attention on coarse tokens, then fine maps of prompts."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..backbone import PromptEmbeddings
from .image_encoder import CompactEmbedding, upsample
from .layers import (
    Attention,
    ChannelNorm,
    FourierPosition,
    Mlp,
    ResidualBlock,
    depth_to_space,
    grid_fractions,
    lay_out_loaded,
    space_to_depth,
)
from .packing import pack_compact
from .prompt_encoder import BOX_GIVEN, CONTEXT_TOKENS, CORNERS, DENSE_CHANNELS, POINTING

OWN_TOKENS = 3
"""Tokens of a decoder's own: of the mask, of its quality, of the object's extent."""
ONE_CLICK, MORE, BOX_ALONE = range(3)
"""Cuts of a decoder: for one click, with or without a box, for more, and for nothing but a box."""
CUTS = 3
EMPTY_BIAS = -1.5
"""Logit a fresh decoder starts from: most voxels are background."""


class TwoWayLayer(nn.Module):
    """Tokens among themselves, tokens to image, MLP, image to tokens (as in SAM)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        inner = width // 2
        self.self_attention = Attention(width, heads, inner=inner)
        self.tokens_to_image = Attention(width, heads, inner=inner)
        self.mlp = Mlp(width, width + inner)
        self.image_to_tokens = Attention(width, heads, inner=inner)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))

    def forward(
        self, tokens: Tensor, image: Tensor, *, position: Tensor, ignore: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Update tokens (B, N, C) and image tokens (B, T, C); position (T, C)."""
        tokens = self.norms[0](tokens + self.self_attention(tokens, tokens, tokens, ignore=ignore))
        looked = self.tokens_to_image(tokens, image + position, image)
        tokens = self.norms[1](tokens + looked)
        tokens = self.norms[2](tokens + self.mlp(tokens))
        answered = self.image_to_tokens(image + position, tokens, tokens, ignore=ignore)
        return tokens, self.norms[3](image + answered)


class DecoderInputs(NamedTuple):
    """What all decoders make of an image and its prompts in the same way.

    Attributes:
        coarse: (B, C, D/8, H/8, W/8) image tokens.
        coarse_prompts: (B, 22, D/8, H/8, W/8) the dense prompt maps, averaged.
        quarter: (B, C4 + 22, D/4, H/4, W/4) image features beside averaged prompt maps.
        half: (B, C2 + 8 + 22, D/2, H/2, W/2) image features, the patch itself, prompt maps.
        sparse: (B, N, C) prompt tokens.
        cut: (B,) int64, which of a decoder's cuts a row gets.
    """

    coarse: Tensor
    coarse_prompts: Tensor
    quarter: Tensor
    half: Tensor
    sparse: Tensor
    cut: Tensor


def decoder_inputs(
    image_embedding: CompactEmbedding, prompt_embeddings: PromptEmbeddings
) -> DecoderInputs:
    """Return the inputs of all decoders."""
    dense = prompt_embeddings.dense
    dense_quarter = F.avg_pool3d(dense, 2)
    fine = space_to_depth(image_embedding.patch)
    return DecoderInputs(
        image_embedding.coarse,
        F.avg_pool3d(dense_quarter, 2),
        _joined([image_embedding.quarter, dense_quarter]),
        _joined([image_embedding.half, fine, dense]),
        prompt_embeddings.sparse,
        _cuts(prompt_embeddings),
    )


def _cuts(prompts: PromptEmbeddings) -> Tensor:
    """Return which cut each row gets, (B,)."""
    boxed = prompts.dense[:, BOX_GIVEN, 0, 0, 0] > 0
    clicks = prompts.sparse.shape[1] - CONTEXT_TOKENS - CORNERS * boxed.long()
    nothing_else = boxed & (prompts.dense[:, POINTING].flatten(1).amax(dim=1) == 0)
    clicked = torch.where(clicks > 1, MORE, ONE_CLICK)
    return torch.where(nothing_else, BOX_ALONE, clicked)


def _joined(maps: list[Tensor]) -> Tensor:
    """Return maps as one, in the first one's precision, laid out as convolutions run fastest."""
    like = [m.to(maps[0].dtype, memory_format=torch.channels_last_3d) for m in maps]
    return torch.cat(like, dim=1)


class Decoded(NamedTuple):
    """What a decoder says of one object a row.

    Attributes:
        mask_logits: (B, 1, D, H, W).
        quality_logits: (B,) the predicted intersection over union, as a logit.
        extent_token: (B, C) what the decoder knows of how far the object reaches; see `ExtentHead`.
    """

    mask_logits: Tensor
    quality_logits: Tensor
    extent_token: Tensor


class MaskDecoder(nn.Module):
    """Decode one object's mask, how good the decoder believes it to be, and a token of its extent.

    The output has the patch's full size: the last layer predicts eight sub-voxels of every
    half-size voxel, which costs no more than one.

    Attributes:
        cuts: (3,) what the logits are lowered by: after one click, after more, and after a box
            alone. Not learned by gradients but set by `sammoe.training.stages.cuts`.
    """

    cuts: Tensor

    def __init__(
        self,
        *,
        embed_dim: int,
        quarter_dim: int,
        half_dim: int,
        inner_quarter: int,
        depth: int,
        heads: int,
    ) -> None:
        super().__init__()
        self.own_tokens = nn.Parameter(torch.randn(OWN_TOKENS, embed_dim) * 0.3)
        self.position = FourierPosition(embed_dim)
        self.prompts_to_coarse = nn.Conv3d(DENSE_CHANNELS, embed_dim, 1)
        self.layers = nn.ModuleList(TwoWayLayer(embed_dim, heads) for _ in range(depth))
        self.coarse_to_quarter = nn.Conv3d(embed_dim, inner_quarter, 1)
        self.skip_to_quarter = nn.Conv3d(quarter_dim + DENSE_CHANNELS, inner_quarter, 1)
        self.quarter_film = nn.Linear(embed_dim, 2 * inner_quarter)
        self.quarter_block = ResidualBlock(inner_quarter, norm=ChannelNorm)
        self.quarter_to_half = nn.Conv3d(inner_quarter, half_dim, 1)
        self.skip_to_half = nn.Conv3d(half_dim + 8 + DENSE_CHANNELS, half_dim, 1)
        self.half_film = nn.Linear(embed_dim, 2 * half_dim)
        self.half_block = ResidualBlock(half_dim, norm=ChannelNorm)
        self.half_norm = ChannelNorm(half_dim)
        self.sub_voxels = nn.Conv3d(half_dim, 8, 1)
        self.register_load_state_dict_post_hook(lay_out_loaded)
        self.quality = Mlp(embed_dim, embed_dim // 2, out=1)
        self.sub_voxels.bias = nn.Parameter(torch.full((8,), EMPTY_BIAS))
        self.register_buffer("cuts", torch.zeros(CUTS))

    def forward(
        self, image_embedding: CompactEmbedding, prompt_embeddings: PromptEmbeddings
    ) -> Decoded:
        """Decode."""
        return self.decode(decoder_inputs(image_embedding, prompt_embeddings))

    def pack_for_cpu(self, *, bfloat16: bool = False) -> None:
        """Lay the weights out for inference on this processor, for good; see `CompactBackbone`."""
        pack_compact(self, bfloat16=bfloat16)

    def decode(self, inputs: DecoderInputs) -> Decoded:
        """Decode what `decoder_inputs` made: the same for all decoders of an image and prompts."""
        coarse = inputs.coarse + self.prompts_to_coarse(inputs.coarse_prompts)
        tokens, coarse = self._attend(coarse, inputs.sparse)
        quarter = upsample(self.coarse_to_quarter(coarse)) + self.skip_to_quarter(inputs.quarter)
        quarter = self.quarter_block(_film(quarter, self.quarter_film(tokens[:, 0])))
        half = upsample(self.quarter_to_half(quarter)) + self.skip_to_half(inputs.half)
        half = self.half_block(_film(half, self.half_film(tokens[:, 0])))
        mask_logits = depth_to_space(self.sub_voxels(F.relu(self.half_norm(half))))
        cut = self.cuts[inputs.cut][:, None, None, None, None]
        mask_logits = mask_logits - cut.to(mask_logits.dtype)
        return Decoded(mask_logits, self.quality(tokens[:, 1]).squeeze(-1), tokens[:, 2])

    def _attend(self, coarse: Tensor, sparse: Tensor) -> tuple[Tensor, Tensor]:
        grid = tuple(coarse.shape[2:])
        position = self.position(grid_fractions(grid, coarse.device)).flatten(0, 2)
        tokens = torch.cat([self.own_tokens.expand(len(sparse), -1, -1), sparse], dim=1)
        image = coarse.flatten(2).transpose(1, 2)
        for layer in self.layers:
            tokens, image = layer(tokens, image, position=position)
        return tokens, image.transpose(1, 2).unflatten(2, grid)


def _film(features: Tensor, scale_and_shift: Tensor) -> Tensor:
    scale, shift = scale_and_shift.to(features.dtype)[:, :, None, None, None].chunk(2, dim=1)
    return torch.addcmul(shift, features, 1.0 + scale)
