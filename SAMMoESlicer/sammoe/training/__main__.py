"""`python -m sammoe.training`: train the embedded default from nothing and write its bundle.

`make train-demo` is this under `torchrun` with two processes. What is there already in the work
folder is not done again, so that the same command goes on after Ctrl+C.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import torch

from .embedded_bundle import make_demo
from .embedded_bundle.workshop import StoppedError, Workshop
from .loop.processes import joined_processes
from .loop.stopping import StopOnSignal

STOPPED = 130


def main(argv: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m sammoe.training", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="scenes, checkpoints, results")
    parser.add_argument("--out", type=Path, required=True, help="the bundle's folder")
    parser.add_argument("--scans", type=Path, help="real scans to measure on at the end")
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    given = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    with joined_processes(torch.device("cpu")) as processes, StopOnSignal() as stopped:
        workshop = Workshop(given.work, processes, stopped)
        try:
            make_demo(workshop, given.out, scans=given.scans)
        except StoppedError as stop:
            workshop.say("%s; the same command goes on from there", stop)
            raise SystemExit(STOPPED) from None


if __name__ == "__main__":
    main()
