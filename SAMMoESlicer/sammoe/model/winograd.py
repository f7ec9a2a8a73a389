"""3 x 3 x 3 convolutions with half the multiplications along one axis: Winograd's F(4, 3).

Four neighbouring outputs along the first axis take six products of sums in the place of twelve
(Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016, equation 15). The two
other axes are convolved as usual, in oneDNN. In float32 the result differs in the fifth digit; in
bfloat16 the sums would lose what the products gain, so it is not offered there.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

TILE = 4
"""Outputs along the first axis that are computed together."""
FEWEST_CHANNELS, FEWEST_PLACES = 32, 16**3
"""With less the sums take as long as the products they save."""
WITHOUT_AVX512 = ("DEFAULT", "AVX2")
"""Where the products are slow enough for it; as PyTorch names what it computes with."""
POINTS = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)
"""What the three weights along the axis become (G of the paper)."""


class Winograd:
    """A 3 x 3 x 3 convolution of stride 1 and padding 1, in float32.

    Args:
        weight: (O, C, 3, 3, 3).
    """

    def __init__(self, weight: Tensor) -> None:
        points = weight.new_tensor(POINTS).double()
        made = torch.einsum("pk,oikhw->poihw", points, weight.double()).float()
        self._weights = [w.contiguous(memory_format=torch.channels_last) for w in made]

    def pays_for(self, features: Tensor) -> bool:
        """Say whether features (B, C, D, H, W) are worth it."""
        return len(features) == 1 and features[0, 0].numel() >= FEWEST_PLACES

    def __call__(self, features: Tensor, bias: Tensor | None) -> Tensor:
        """Convolve (1, C, D, H, W) in channels-last order."""
        depth = features.shape[2]
        tiles = -(-depth // TILE)
        slices = features[0].permute(1, 2, 3, 0)
        padded = F.pad(slices, (0, 0, 0, 0, 0, 0, 1, tiles * TILE - depth + 1))
        sums = zip(_sums_of(padded), self._weights, strict=True)
        out = _outputs_of([_convolved(part, weight) for part, weight in sums])
        out = out.flatten(0, 1)[:depth]
        if bias is not None:
            out += bias
        return out.view(1, *out.shape).permute(0, 4, 1, 2, 3)


def pays_for(conv: nn.Conv3d) -> bool:
    """Say whether it is ever faster than this convolution on this processor."""
    cubic = tuple(conv.kernel_size) == (3, 3, 3) and set(conv.stride) == {1}
    padded = tuple(conv.padding) == (1, 1, 1)
    slow = torch.backends.cpu.get_cpu_capability() in WITHOUT_AVX512
    return cubic and padded and slow and min(conv.in_channels, conv.out_channels) >= FEWEST_CHANNELS


def _convolved(part: Tensor, weight: Tensor) -> Tensor:
    """Convolve slices (T, H, W, C) over H and W; the same order of axes comes back."""
    features = part.permute(0, 3, 1, 2)
    out = torch.mkldnn_convolution(features, weight, None, [1, 1], [1, 1], [1, 1], 1)
    return out.permute(0, 2, 3, 1)


def _sums_of(padded: Tensor) -> tuple[Tensor, ...]:
    """Return six sums (T, H, W, C) of the slices (4 T + 2, H, W, C) (B^T of the paper)."""
    count = (len(padded) - 2) // TILE
    d0, d1, d2, d3, d4, d5 = (padded[n : n + TILE * (count - 1) + 1 : TILE] for n in range(6))
    even, odd = torch.sub(d4, d2, alpha=4), torch.sub(d3, d1, alpha=4)
    near, far = d4 - d2, (d3 - d1) * 2
    first = torch.add(torch.sub(d4, d2, alpha=5), d0, alpha=4)
    last = torch.add(torch.sub(d5, d3, alpha=5), d1, alpha=4)
    return first, even + odd, even - odd, near + far, near - far, last


def _outputs_of(products: list[Tensor]) -> Tensor:
    """Return outputs (T, 4, H, W, C) of six products (T, H, W, C) (A^T of the paper)."""
    m0, m1, m2, m3, m4, m5 = products
    near, far = m1 + m2, m3 + m4
    off, wide = m1 - m2, m3 - m4
    outputs = near.new_empty(len(near), TILE, *near.shape[1:])
    torch.add(near, far, out=outputs[:, 0]).add_(m0)
    torch.add(off, wide, alpha=2, out=outputs[:, 1])
    torch.add(near, far, alpha=4, out=outputs[:, 2])
    torch.add(off, wide, alpha=8, out=outputs[:, 3]).add_(m5)
    return outputs
