"""Where the model runs, and what to do when memory ends."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
from torch import nn

from ..errors import OutOfMemoryError, WorkerError
from ..options import PRECISIONS
from ..processor import cpu_has_bfloat16

T = TypeVar("T")
logger = logging.getLogger(__name__)


def choose_device(name: str = "auto") -> torch.device:
    """Return the device for a name: "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises:
        WorkerError: No such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise WorkerError(f"'{name}' is no device; use auto, cpu, cuda or mps") from error
    if device.type == "cuda" and (
        not torch.cuda.is_available() or (device.index or 0) >= torch.cuda.device_count()
    ):
        raise WorkerError(f"there is no '{name}' here for PyTorch; use --device auto or cpu")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise WorkerError("there is no Apple GPU here for PyTorch; use --device auto or cpu")
    return device


def computes_in(precision: str) -> str:
    """Return "float32" or "bfloat16" for a wish; bfloat16 is never emulated.

    Args:
        precision: One of `PRECISIONS`; "auto" takes bfloat16 where the CPU has it natively.

    Raises:
        WorkerError: Another word.
    """
    if precision not in PRECISIONS:
        raise WorkerError(f"'{precision}' is no precision; use {', '.join(PRECISIONS)}")
    return "bfloat16" if precision != "float32" and cpu_has_bfloat16() else "float32"


class DeviceLadder:
    """Run work on a device and step down when its memory ends: free caches, half precision, CPU.

    Args:
        model: Moved along.
        device: The first rung.
        forget: Called at each step down; drops what was cached on the device.
        bfloat16: The model may compute in bfloat16 where the CPU has the instructions.
    """

    def __init__(
        self,
        model: nn.Module,
        device: torch.device,
        *,
        forget: Callable[[], None],
        bfloat16: bool = False,
    ) -> None:
        self._model = model.to(device)
        self._forget = forget
        self.device = device
        self.half = False
        self._bfloat16 = bfloat16 and cpu_has_bfloat16()
        self.notes: list[str] = []

    @property
    def name(self) -> str:
        """The device as a person reads it."""
        return f"{self.device}, half precision" if self.half else str(self.device)

    def precision(self) -> AbstractContextManager[object]:
        """Return the context in which the model's arithmetic runs."""
        if self.half:
            return torch.autocast(self.device.type, dtype=torch.float16)
        if self._bfloat16 and self.device.type == "cpu":
            return torch.autocast("cpu", dtype=torch.bfloat16)
        return nullcontext()

    def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, trying again on lower rungs.

        Raises:
            OutOfMemoryError: Not even the CPU had the memory.
        """
        freed = False
        while True:
            try:
                return work()
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                if self.device.type == "cpu":
                    raise OutOfMemoryError(
                        "the computer's memory is not enough for this request; close other "
                        "programs, or use a region of interest or a smaller model"
                    ) from error
            self._forget()
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            if freed:
                self._step_down()
            freed = True

    def _step_down(self) -> None:
        if not self.half and self.device.type == "cuda":
            self.half = True
            note = "GPU memory ended: now computing in half precision"
        else:
            self.half, self.device = False, torch.device("cpu")
            self._model.to(self.device)
            note = "GPU memory ended: now computing on the CPU"
        logger.warning("%s", note)
        self.notes.append(note)


def _is_out_of_memory(error: RuntimeError | MemoryError) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return "DefaultCPUAllocator" in text or "out of memory" in text
