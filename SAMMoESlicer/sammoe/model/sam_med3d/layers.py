"""Small layers the encoder, the prompt encoder and the decoder share."""

from itertools import pairwise

import torch
from torch import Tensor, nn


class LayerNorm3d(nn.Module):
    """Normalise over the channels of (B, C, d, h, w), each position by itself."""

    def __init__(self, num_channels: int, *, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(num_channels))
        self.bias = nn.Parameter(torch.zeros(num_channels))
        self.eps = eps

    def forward(self, features: Tensor) -> Tensor:
        """Return the normalised features, same shape."""
        return self.normalise_tokens(features.movedim(1, -1)).movedim(-1, 1)

    def normalise_tokens(self, tokens: Tensor) -> Tensor:
        """Return the same of channels-last tokens (..., C)."""
        shape = self.weight.shape
        return nn.functional.layer_norm(tokens, shape, self.weight, self.bias, self.eps)


class Mlp(nn.Module):
    """Two linear layers with an activation between them; a transformer block's second half."""

    def __init__(self, width: int, hidden: int, *, activation: type[nn.Module] = nn.GELU) -> None:
        super().__init__()
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, width)
        self.act = activation()

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (..., width) to (..., width)."""
        out: Tensor = self.lin2(self.act(self.lin1(tokens)))
        return out


class HeadMlp(nn.Module):
    """Linear layers with ReLU between them, as SAM puts behind its output tokens."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(inner, outer) for inner, outer in pairwise(sizes))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens (..., sizes[0]) to (..., sizes[-1])."""
        for layer in self.layers[:-1]:
            tokens = layer(tokens).relu()
        out: Tensor = self.layers[-1](tokens)
        return out
