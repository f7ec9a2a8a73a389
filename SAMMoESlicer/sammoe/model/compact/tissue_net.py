"""What sort of structure every place of a patch is: a network of its own that the gate decides by.

Features that tell where a clicked object ends hardly tell what it is. This network takes no
prompts and coarse patches, so that it sees several times as many of them in the same time.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .layers import ChannelNorm, ResidualBlock, lay_out_loaded, space_to_depth

TISSUES = 16
"""Sorts of structure, as `sammoe.training.synthetic` names them."""


class TissueNet(nn.Module):
    """Encoder and decoder with skips over three grids, and the mean of the whole patch.

    Layers are normalised over channels only: what a grey value means must survive.

    Args:
        width: Channels of the finest grid; the coarsest has four times as many.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        fine, middle, coarse = width, 2 * width, 4 * width
        self.stem = nn.Conv3d(8, fine, 3, padding=1)
        self.fine_in = _block(fine)
        self.to_middle = nn.Conv3d(fine, middle, 2, stride=2)
        self.middle_in = nn.Sequential(_block(middle), _block(middle))
        self.to_coarse = nn.Conv3d(middle, coarse, 2, stride=2)
        self.coarse = nn.Sequential(_block(coarse), _block(coarse))
        self.overall = nn.Linear(coarse, coarse)
        self.from_coarse = nn.Conv3d(coarse, middle, 1)
        self.middle_out = _block(middle)
        self.from_middle = nn.Conv3d(middle, fine, 1)
        self.fine_out = _block(fine)
        self.norm = ChannelNorm(fine)
        self.out = nn.Conv3d(fine, TISSUES, 1)
        self.register_load_state_dict_post_hook(lay_out_loaded)

    def forward(self, patch: Tensor) -> Tensor:
        """Return logits (B, 16, d/2, h/2, w/2) for a normalised patch (B, 1, d, h, w).

        It is meant for 32 voxels a side; sides are multiples of 8.
        """
        fine = self.fine_in(self.stem(space_to_depth(patch)))
        middle = self.middle_in(self.to_middle(fine))
        coarse = self.coarse(self.to_coarse(middle))
        coarse = coarse + self.overall(coarse.mean(dim=(2, 3, 4)))[..., None, None, None]
        middle = self.middle_out(middle + _grown(self.from_coarse(coarse), middle))
        fine = self.fine_out(fine + _grown(self.from_middle(middle), fine))
        logits: Tensor = self.out(F.relu(self.norm(fine)))
        return logits


def _block(channels: int) -> ResidualBlock:
    return ResidualBlock(channels, norm=ChannelNorm)


def _grown(features: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(features, size=like.shape[2:], mode="trilinear", align_corners=False)


def tissue_log_probabilities(net: TissueNet, patch: Tensor) -> Tensor:
    """Return what is where in a patch (B, 1, D, H, W) of full size, (B, 16, D/4, H/4, W/4).

    Logarithms: their mean over an object says what the object is, rare sorts included.
    """
    logits: Tensor = net(F.avg_pool3d(patch, 2))
    return torch.log_softmax(logits.float(), dim=1)
