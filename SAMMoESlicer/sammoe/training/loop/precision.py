"""In which arithmetic a family is trained on a device."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from ...processor import cpu_has_bfloat16


def precision(backbone: Any, device: torch.device) -> AbstractContextManager[object]:
    """Return the context of a training step: bfloat16 where it is fast and was meant, or float32.

    Args:
        backbone: Says whether it was designed for bfloat16 on a CPU.
        device: Where it runs; a GPU always has bfloat16 here.
    """
    if device.type == "cuda":
        return torch.autocast("cuda", dtype=torch.bfloat16)
    if device.type == "cpu" and backbone.computes_in_bfloat16 and cpu_has_bfloat16():
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return nullcontext()
