"""What sort of structure every place of a patch is, read off an embedding: a task to train by.

Clicks alone teach the encoders where an object ends. Label maps say of every voxel what it is, at
no cost; the head that learns it is thrown away after training.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .contrast_norm import ContrastNorm
from .image_encoder import CompactEmbedding
from .tissue_net import TISSUES

WIDTH = 64


class TissueHead(nn.Module):
    """Guess the sort of structure on the quarter grid."""

    def __init__(self, *, embed_dim: int, quarter_dim: int, half_dim: int) -> None:
        super().__init__()
        self.mix = nn.Conv3d(embed_dim + quarter_dim + half_dim + 1, WIDTH, 1)
        self.near = nn.Conv3d(WIDTH, WIDTH, 3, padding=1)
        self.norm = ContrastNorm(WIDTH)
        self.out = nn.Conv3d(WIDTH, TISSUES, 3, padding=1)

    def forward(self, embedding: CompactEmbedding) -> Tensor:
        """Return logits (B, 16, D/4, H/4, W/4) from an embedding's four maps."""
        quarter = embedding.quarter
        maps = [
            F.interpolate(embedding.coarse, scale_factor=2, mode="trilinear", align_corners=False),
            quarter,
            F.avg_pool3d(embedding.half, 2),
            F.avg_pool3d(embedding.patch, 4).to(quarter.dtype),
        ]
        hidden = F.relu(self.mix(torch.cat(maps, dim=1)))
        hidden = hidden + F.relu(self.near(hidden))
        logits: Tensor = self.out(self.norm(hidden))
        return logits
