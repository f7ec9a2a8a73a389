"""The recipe of the embedded bundle, very small, and one process of two that follow it."""

import os
from dataclasses import replace
from pathlib import Path

import torch

from sammoe.training.embedded_bundle import EmbeddedRecipe, make_embedded
from sammoe.training.gate.fit import GateOptions
from sammoe.training.gate.prompts import GateSamples
from sammoe.training.loop.processes import joined_processes
from sammoe.training.loop.schedule import TrainingOptions
from sammoe.training.loop.workshop import Workshop
from sammoe.training.sheet import SheetOptions
from sammoe.training.stages.no_forgetting import MeasureOptions
from tiny_compact import TINY

SHORT = TrainingOptions(steps=2, size=16, views=1, objects=1, parts=1)
RECIPE = EmbeddedRecipe(
    scenes=2,  # of each two, one is a torso: vertebrae are drawn there only
    tested_scenes=2,
    general=SHORT,
    extent=SHORT,
    tissue=SHORT,
    expert=SHORT,
    tumour_folds=2,
    second=replace(SHORT, second=True),
    cut_views=1,
    prompts=GateSamples(expert=8, general=12),
    gate=GateOptions(steps=2, batch=4),
    measure=MeasureOptions(samples=1, clicks=2),
    sheet=SheetOptions(scans=1, objects=2, side=32),
    sizes={**TINY, "patch_size": 16},
    experts=("vessel", "vertebra"),
)


def follow(rank: int, port: int, folder: Path) -> None:
    """Follow the recipe as one of two processes of `torchrun`; leave a note of what was written."""
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), WORLD_SIZE="2",
                      RANK=str(rank), LOCAL_RANK=str(rank))  # fmt: skip
    with joined_processes(torch.device("cpu")) as processes:
        workshop = Workshop(folder / "work", processes=processes, resumes=True, keeps=True)
        bundle = make_embedded(workshop, folder / "bundle", RECIPE)
    (folder / f"{rank}.txt").write_text("nothing" if bundle is None else bundle.hash)
