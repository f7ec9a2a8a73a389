"""SAM-Med3D's prompt encoder: clicks to sparse tokens, the previous logits to a dense map."""

import math
from typing import cast

import torch
from torch import Tensor, nn

from .layers import LayerNorm3d


class RandomFourierPositions(nn.Module):
    """Encode positions in 0..1 by sines and cosines of random directions.

    Upstream needs a width divisible by three: sine, cosine and the same sine again.
    """

    def __init__(self, num_directions: int) -> None:
        super().__init__()
        matrix = torch.randn(3, num_directions)
        self.register_buffer("positional_encoding_gaussian_matrix", matrix)

    def forward(self, positions: Tensor) -> Tensor:
        """Encode (..., 3) positions in 0..1 as (..., 3 x num_directions)."""
        matrix: Tensor = self.get_buffer("positional_encoding_gaussian_matrix")
        phase = (2 * math.pi) * ((2 * positions.to(matrix.dtype) - 1) @ matrix)
        sine = phase.sin()
        return torch.cat([sine, phase.cos(), sine], dim=-1)


class PromptEncoder(nn.Module):
    """Encode the prompts of one object.

    Args:
        width: Channels of a prompt token.
        grid: Tokens of the image embedding along each axis.
        patch_size: Voxels of the patch along each axis.
        mask_channels: Channels before the last layer of the mask path.
    """

    def __init__(self, *, width: int, grid: int, patch_size: int, mask_channels: int) -> None:
        super().__init__()
        self.grid = grid
        self.patch_size = patch_size
        self.pe_layer = RandomFourierPositions(width // 3)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(2))
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv3d(1, mask_channels // 4, kernel_size=2, stride=2),
            LayerNorm3d(mask_channels // 4),
            nn.GELU(),
            nn.Conv3d(mask_channels // 4, mask_channels, kernel_size=2, stride=2),
            LayerNorm3d(mask_channels),
            nn.GELU(),
            nn.Conv3d(mask_channels, width, kernel_size=1),
        )
        self.no_mask_embed = nn.Embedding(1, width)

    def encode_points(self, point_coords: Tensor, point_labels: Tensor) -> Tensor:
        """Return tokens (B, N + 1, width); the last stands for 'no box', as upstream has it.

        Args:
            point_coords: (B, N, 3) patch ijk.
            point_labels: (B, N) 1 foreground, 0 background, -1 padding.
        """
        positions = self.pe_layer((point_coords + 0.5) / self.patch_size)
        positions = nn.functional.pad(positions, (0, 0, 0, 1))
        labels = nn.functional.pad(point_labels, (0, 1), value=-1)[..., None]
        background, foreground = (cast(nn.Embedding, one).weight for one in self.point_embeddings)
        kinds = torch.where(labels == 1, foreground, background)
        return torch.where(labels == -1, self.not_a_point_embed.weight, positions + kinds)

    def encode_mask(self, mask_logits: Tensor | None, *, batch: int) -> Tensor:
        """Return (B, width, g, g, g) from logits (B, 1, 4 g, 4 g, 4 g); None: no earlier mask."""
        if mask_logits is None:
            shape = (batch, -1, self.grid, self.grid, self.grid)
            return self.no_mask_embed.weight[..., None, None, None].expand(shape)
        dense: Tensor = self.mask_downscaling(mask_logits)
        return dense

    def grid_positions(self) -> Tensor:
        """Return the positions of the image tokens, encoded: (g, g, g, width).

        The first two axes are exchanged, as upstream does and as the weights were trained.
        """
        weight = self.no_mask_embed.weight
        centres = (torch.arange(self.grid, device=weight.device, dtype=weight.dtype) + 0.5) / (
            self.grid
        )
        d, h, w = torch.meshgrid(centres, centres, centres, indexing="ij")
        encoded: Tensor = self.pe_layer(torch.stack([h, d, w], dim=-1))
        return encoded
