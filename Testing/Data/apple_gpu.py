"""A stand-in for Apple's GPU, which holds no float64: the CPU, told apart by where tensors came."""

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten


class AppleGpu(TorchFunctionMode):
    """Within it every tensor is the GPU's, but for those that were fetched or never sent there.

    Raises:
        TypeError: In Apple's words, where the GPU is asked for float64.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call, and note where what comes of it lies."""
        kwargs = kwargs or {}
        given = tree_flatten((args, kwargs))[0]
        tensors = [value for value in given if isinstance(value, Tensor)]
        sent = any(isinstance(value, torch.device) for value in given)
        fetched = func is Tensor.cpu
        on_gpu = not fetched and (sent or any(not _is_host(tensor) for tensor in tensors))
        result = func(*args, **kwargs)
        if not isinstance(result, Tensor):
            return result
        if on_gpu and result.dtype is torch.float64:
            raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
        if fetched or sent:
            result = result.view_as(result)
        if not on_gpu:
            result.is_host = True
        return result


def _is_host(tensor: Tensor) -> bool:
    return getattr(tensor, "is_host", False)
