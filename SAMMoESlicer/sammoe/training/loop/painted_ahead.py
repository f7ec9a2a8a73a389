"""Batches drawn by other processes while a GPU learns from earlier ones.

A batch depends on the number of its step and part alone, so that it does not matter who draws it.
"""

import multiprocessing
from multiprocessing.synchronize import Event
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ...errors import SAMMoEError
from ..users.plans import Plan
from ..view_batch import ViewBatch, ViewSource
from .schedule import TrainingOptions

AHEAD = 3
"""Batches each painter holds ready."""
LONGEST_WAIT_S = 600.0
"""A painter that says nothing for so long has died."""

Drawn = tuple[ViewBatch, Plan, int]


class PaintedAhead:
    """Painters of a training's batches, each a process of its own.

    Args:
        source: Where views come from; it is copied into each process.
        options: Which views a step takes.
        painters: How many processes.
        first: Number of the first step.
        own: The parts of a step that are asked for.
        device: Where the batches are wanted.
    """

    def __init__(
        self,
        source: ViewSource,
        options: TrainingOptions,
        *,
        painters: int,
        first: int,
        own: range,
        device: torch.device,
    ) -> None:
        spawn: Any = multiprocessing.get_context("spawn")
        self._device = device
        self._next = 0
        self._stopped: Event = spawn.Event()
        self._queues = [spawn.Queue(AHEAD) for _ in range(painters)]
        self._processes = [
            spawn.Process(
                target=_paint,
                args=(source, options, n, painters, first, own, queue, self._stopped),
                daemon=True,
            )
            for n, queue in enumerate(self._queues)
        ]
        for process in self._processes:
            process.start()

    def draw(self) -> Drawn:
        """Return the next batch, in the order of steps and parts.

        Raises:
            SAMMoEError: The process that should have drawn it is gone.
        """
        queue = self._queues[self._next % len(self._queues)]
        self._next += 1
        try:
            values, plan, seed = queue.get(timeout=LONGEST_WAIT_S)
        except OSError as error:
            raise SAMMoEError("a process that draws views has died; start again") from error
        batch = {
            name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }
        return ViewBatch(**batch | {"kinds": values["kinds"]}).to(self._device), plan, seed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stopped.set()
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()


def _paint(
    source: ViewSource,
    options: TrainingOptions,
    number: int,
    painters: int,
    first: int,
    own: range,
    queue: Any,
    stopped: Event,
) -> None:
    """Draw every `painters`-th batch, until the parent has enough."""
    torch.set_num_threads(1)
    at = number
    while not stopped.is_set():
        step, part = first + at // len(own), own[at % len(own)]
        batch, plan, seed = options.draw(source, step, part)
        values = {
            name: value.cpu().numpy() if isinstance(value, Tensor) else value
            for name, value in vars(batch).items()
        }
        queue.put((values, plan, seed))
        at += painters
