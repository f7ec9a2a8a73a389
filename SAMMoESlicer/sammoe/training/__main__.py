"""`python -m sammoe.training`: train the embedded default from nothing and write its bundle.

Every stage is skipped when its result lies in the work folder already, so that the same command
continues after an interruption. `MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=20000000000` in front of
it saves most of the time the kernel spends on clearing pages.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from .demo import DemoRecipe, make_demo


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    recipe = DemoRecipe()
    parser = argparse.ArgumentParser(prog="python -m sammoe.training", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="scenes and checkpoints")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.add_argument("--scenes", type=int, default=recipe.scenes)
    parser.add_argument("--general-minutes", type=float, default=recipe.general_minutes)
    parser.add_argument("--expert-minutes", type=float, default=recipe.expert_minutes)
    parser.add_argument("--gate-samples", type=int, default=recipe.gate_samples)
    parser.add_argument("--experts", nargs="+", default=list(recipe.experts))
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    make_demo(
        given.work,
        given.out,
        DemoRecipe(
            scenes=given.scenes,
            general_minutes=given.general_minutes,
            expert_minutes=given.expert_minutes,
            gate_samples=given.gate_samples,
            experts=tuple(given.experts),
        ),
    )


if __name__ == "__main__":
    main()
