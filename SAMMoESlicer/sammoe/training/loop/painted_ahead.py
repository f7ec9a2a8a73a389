"""Batches drawn by other processes while a GPU learns from earlier ones.

A batch depends on the number of its step and part alone, so that it does not matter who draws it.
"""

import logging
import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from queue import Queue
from threading import Thread
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ...errors import SAMMoEError
from ..users.plans import Plan
from ..view_batch import ViewBatch, ViewSource
from .schedule import TrainingOptions

logger = logging.getLogger(__name__)

AHEAD = 3
"""Batches each painter holds ready."""
LONG_WAIT_S = 600.0
"""A painter that takes so long is spoken of."""

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
        self._processes: list[Any] = []
        self._painted: list[Connection] = []
        for number in range(painters):
            receiver, sender = spawn.Pipe(duplex=False)
            process = spawn.Process(
                target=_paint,
                args=(source, options, number, painters, first, own, sender, self._stopped),
                daemon=True,
            )
            process.start()
            sender.close()  # the painter's is the only one: its end is seen
            self._processes.append(process)
            self._painted.append(receiver)

    def draw(self) -> Drawn:
        """Return the next batch, in the order of steps and parts; waits for a slow painter.

        Raises:
            SAMMoEError: The process that should have drawn it is gone.
        """
        number = self._next % len(self._painted)
        self._next += 1
        try:
            while not self._painted[number].poll(LONG_WAIT_S):
                logger.warning("no view was drawn for %.0f min; still waiting", LONG_WAIT_S / 60)
            values, plan, seed = self._painted[number].recv()
        except (EOFError, OSError) as error:
            self._processes[number].join()
            raise SAMMoEError(
                "a process that draws views ended by itself (exit code "
                f"{self._processes[number].exitcode}); is there memory for it? Go on from the "
                "checkpoint, with fewer of them"
            ) from error
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
        for painted in self._painted:
            painted.close()


def _paint(
    source: ViewSource,
    options: TrainingOptions,
    number: int,
    painters: int,
    first: int,
    own: range,
    sender: Connection,
    stopped: Event,
) -> None:
    """Draw every `painters`-th batch, until the parent has enough."""
    torch.set_num_threads(1)
    ready: Queue[Any] = Queue(AHEAD)
    Thread(target=_hand_over, args=(ready, sender), daemon=True).start()
    at = number
    while not stopped.is_set():
        step, part = first + at // len(own), own[at % len(own)]
        batch, plan, seed = options.draw(source, step, part)
        values = {
            name: value.cpu().numpy() if isinstance(value, Tensor) else value
            for name, value in vars(batch).items()
        }
        ready.put((values, plan, seed))
        at += painters


def _hand_over(ready: "Queue[Any]", sender: Connection) -> None:
    """Send what is drawn while the next batch is; without a training the process ends."""
    try:
        while True:
            sender.send(ready.get())
    except OSError:  # it was killed: nobody else would end this process, which waits for room
        os._exit(1)
