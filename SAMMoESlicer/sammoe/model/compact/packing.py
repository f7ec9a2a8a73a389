"""The compact family's layers, laid out for inference on a CPU."""

from torch import nn

from ...processor import cpu_has_bfloat16, cpu_has_tiles
from ..onednn_conv import convolve_by_onednn
from ..packed_linear import pack_linears
from .layers import Attention


def pack_compact(module: nn.Module, *, bfloat16: bool) -> None:
    """Replace convolutions and linear layers inside; bfloat16 only where the processor has it.

    All of them, however small: between them flows bfloat16, which ordinary layers do not take.
    """
    convolve_by_onednn(module, bfloat16=bfloat16)
    pack_linears(module, bfloat16=bfloat16, min_weights=0)
    for part in module.modules():
        if isinstance(part, Attention):
            part.unfused = bfloat16 and cpu_has_bfloat16() and not cpu_has_tiles()
