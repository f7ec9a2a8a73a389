"""One process or many: what `torchrun` started, and what its processes tell each other."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from ...errors import SAMMoEError


@dataclass(frozen=True)
class Processes:
    """This process among its likes.

    Attributes:
        rank: Its number, from 0.
        count: How many there are.
    """

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Say whether this is the one that prints and writes files."""
        return self.rank == 0

    def shared(self, module: nn.Module) -> nn.Module:
        """Return the module, or one whose gradients are averaged over all processes."""
        if self.count == 1:
            return module
        return DistributedDataParallel(module, find_unused_parameters=True)

    def without_sync(self, module: nn.Module) -> AbstractContextManager[Any]:
        """Return the context for a backward pass after which another one follows."""
        if isinstance(module, DistributedDataParallel):
            return module.no_sync()
        return nullcontext()

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of a tensor over all processes."""
        if self.count == 1:
            return values
        summed = values.clone()
        distributed.all_reduce(summed)
        return summed / self.count

    def any(self, here: bool, device: torch.device) -> bool:
        """Say whether something is so in any process."""
        return bool(self.mean(torch.tensor(float(here), device=device)) > 0)

    def leave(self) -> "Processes":
        """Leave the others; returns this process alone."""
        if self.count > 1:
            distributed.destroy_process_group()
        return Processes()

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.count > 1:
            distributed.barrier()


@contextmanager
def joined_processes(device: torch.device) -> Iterator[Processes]:
    """Join the processes `torchrun` started, if it did: NCCL between GPUs, gloo between CPUs.

    Args:
        device: Where this process computes.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Processes()
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(distributed.get_rank(), distributed.get_world_size())
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()


def training_device(name: str) -> torch.device:
    """Return the device of this process: "auto", "cpu", "cuda" or "mps".

    Under `torchrun` each process of a machine takes the GPU of its local rank.

    Raises:
        SAMMoEError: No such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(name, True):
        raise SAMMoEError(f"there is no '{name}' here for PyTorch; use --device auto or cpu")
    if name == "cuda":
        local = int(os.environ.get("LOCAL_RANK", "0")) % max(torch.cuda.device_count(), 1)
        torch.cuda.set_device(local)
        return torch.device("cuda", local)
    return torch.device(name)
