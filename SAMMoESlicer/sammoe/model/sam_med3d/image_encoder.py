"""SAM-Med3D's image encoder: a vision transformer over 16^3-voxel patches, then a neck."""

import torch
from torch import Tensor, nn

from ..packed_linear import pack_linears
from .attention import Attention
from .layers import LayerNorm3d, Mlp


class PatchEmbed(nn.Module):
    """Cut the patch into cubes and map each to one token."""

    def __init__(self, stride: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv3d(1, width, kernel_size=stride, stride=stride)

    def forward(self, patch: Tensor) -> Tensor:
        """Map (B, 1, D, H, W) to tokens (B, D / stride, H / stride, W / stride, width)."""
        return self.proj(patch).movedim(1, -1)


class Block(nn.Module):
    """Windowed or global attention, then an MLP, each with a residual."""

    def __init__(self, width: int, *, num_heads: int, window: int, mlp_width: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, num_heads=num_heads, window=window)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, mlp_width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (B, D, H, W, C) to the same shape."""
        tokens = tokens + self.attn(self.norm1(tokens))
        out: Tensor = tokens + self.mlp(self.norm2(tokens))
        return out


class ImageEncoder(nn.Module):
    """Turn a patch into an image embedding.

    Args:
        grid: Tokens along each axis.
        stride: Voxels of a token along each axis.
        width: Channels of a token.
        num_heads: Attention heads.
        windows: Edge of the attention window of each block; `grid` makes a block global.
        mlp_width: Hidden channels of each block's MLP.
        out_channels: Channels of the image embedding.
    """

    def __init__(
        self,
        *,
        grid: int,
        stride: int,
        width: int,
        num_heads: int,
        windows: tuple[int, ...],
        mlp_width: int,
        out_channels: int,
    ) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed(stride, width)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid, grid, grid, width))
        self.blocks = nn.ModuleList(
            Block(width, num_heads=num_heads, window=window, mlp_width=mlp_width)
            for window in windows
        )
        self.neck = nn.Sequential(
            nn.Conv3d(width, out_channels, kernel_size=1, bias=False),
            LayerNorm3d(out_channels),
            nn.Conv3d(out_channels, out_channels, kernel_size=3, padding=1, bias=False),
            LayerNorm3d(out_channels),
        )

    def forward(self, patch: Tensor) -> Tensor:
        """Encode a normalised patch (B, 1, D, H, W) as (B, out_channels, d, h, w)."""
        tokens = self.patch_embed(patch) + self.pos_embed
        for block in self.blocks:
            tokens = block(tokens)
        out: Tensor = self.neck(tokens.movedim(-1, 1))
        return out

    def pack_for_cpu(self, *, bfloat16: bool = False) -> None:
        """Lay the weights out for inference on a CPU; see `packed_linear`."""
        pack_linears(self, bfloat16=bfloat16)
