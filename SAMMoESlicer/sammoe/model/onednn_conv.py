"""3-D convolutions by oneDNN, always: inference on a CPU only.

PyTorch's own choice is another, several times slower, loop where one thread convolves one patch in
float32, and under autocast it rounds the same weights again at every call.
"""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..processor import cpu_has_bfloat16
from .winograd import Winograd, pays_for


class OneDnnConv(nn.Module):
    """A 3-D convolution in oneDNN, in channels-last order.

    Args:
        conv: Where the weights come from.
        bfloat16: Round weights, inputs and outputs to bfloat16; sums stay float32.
    """

    def __init__(self, conv: nn.Conv3d, *, bfloat16: bool = False) -> None:
        super().__init__()
        self._dtype = torch.bfloat16 if bfloat16 else torch.float32
        self._stride, self._padding = list(conv.stride), [int(n) for n in conv.padding]
        weight = conv.weight.detach()
        self._weight = weight.to(self._dtype).contiguous(memory_format=torch.channels_last_3d)
        self._bias = None if conv.bias is None else conv.bias.detach().to(self._dtype).clone()
        self._winograd = None if bfloat16 or not pays_for(conv) else Winograd(weight)

    def forward(self, features: Tensor) -> Tensor:
        """Convolve (B, C, D, H, W)."""
        inputs = features.to(self._dtype, memory_format=torch.channels_last_3d)
        if self._winograd is not None and self._winograd.pays_for(inputs):
            return self._winograd(inputs, self._bias)
        return torch.mkldnn_convolution(
            inputs, self._weight, self._bias, self._padding, self._stride, [1, 1, 1], 1
        )


def convolve_by_onednn(module: nn.Module, *, bfloat16: bool = False) -> int:
    """Replace the 3-D convolutions inside a module on the CPU; returns how many.

    Nothing is done where oneDNN is missing: the ordinary layers compute the same, slower.
    """
    bfloat16 = bfloat16 and cpu_has_bfloat16()
    if not has_onednn():
        return 0
    count = 0
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Conv3d and _fits(child):
                setattr(parent, name, OneDnnConv(child, bfloat16=bfloat16))
                count += 1
    return count


def _fits(conv: nn.Conv3d) -> bool:
    plain = conv.groups == 1 and set(conv.dilation) == {1} and conv.padding_mode == "zeros"
    return plain and not isinstance(conv.padding, str)


@cache
def has_onednn() -> bool:
    """Say whether this build of PyTorch convolves by oneDNN as it is asked here; it is tried."""
    if not torch.backends.mkldnn.is_available():
        return False
    conv = nn.Conv3d(8, 8, 3, padding=1)
    features = torch.linspace(-1, 1, 8 * 64).view(1, 8, 4, 4, 4)
    with torch.no_grad():
        expected = F.conv3d(features, conv.weight, conv.bias, padding=1)
        try:
            found = OneDnnConv(conv)(features)
        except (AttributeError, RuntimeError, TypeError):
            return False
    return torch.allclose(found, expected, atol=1e-5)
