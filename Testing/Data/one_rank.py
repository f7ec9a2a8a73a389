"""One process of two that train together, as `torchrun` would start it."""

import os
from pathlib import Path

import torch

from sammoe.training.loop.processes import joined_processes
from toy_objective import make_trainer, weights


def work(rank: int, port: int, folder: Path) -> None:
    """Train a little and write what this process found out."""
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE="2",
                      RANK=str(rank), LOCAL_RANK=str(rank))  # fmt: skip
    with joined_processes(torch.device("cpu")) as processes:
        trainer = make_trainer(processes=processes, steps=3)
        gradients = trainer.gradients()
        seen = []
        finished = trainer.run(
            folder / "shared.pt",
            on_step=seen.append,
            stopped=lambda: rank == 1 and trainer.step == 2,
        )
        torch.save(
            {"gradients": gradients, "weights": weights(trainer), "step": trainer.step,
             "finished": finished, "seen": len(seen), "samples": seen[0].samples if seen else 0},
            folder / f"{rank}.pt",
        )  # fmt: skip
