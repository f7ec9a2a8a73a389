"""`sammoe train-gate`: a bundle's gate, trained with a bank of everybody's prompts."""

import argparse
import os

from .arguments import DEVICES, count
from .training_arguments import (
    add_bundle,
    add_gate,
    add_measure,
    check_extra,
    gate_options,
    gate_samples,
    general_data,
    measure_options,
    task_folders,
)
from .training_run import say_scans, workshop_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_bundle(parser)
    add_gate(parser)
    add_measure(parser)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--threads", metavar="N", type=count, help="threads to use on a CPU")


def run(arguments: argparse.Namespace) -> None:
    """Train, calibrate, measure, write.

    Raises:
        SAMMoEError: Bundle or data cannot be used, or the general model would lose.
    """
    check_extra("monai", "scipy")
    if int(os.environ.get("RANK", "0")):
        return  # The first process of torchrun does it all: there is nothing to share.
    from ..bundle import check_can_write, read_bundle
    from ..training.jobs.gate import GateJob, renew_gate

    job = GateJob(
        tasks=task_folders(arguments),
        general=general_data(arguments),
        samples=gate_samples(arguments),
        gate=gate_options(arguments),
        measure=measure_options(arguments),
    )
    bundle = read_bundle(arguments.bundle)
    check_can_write(bundle.path, replace_it=True)
    with workshop_from(arguments, (bundle.path.parent, ""), resumes=False) as workshop:
        try:
            written = renew_gate(workshop, bundle, job)
        finally:
            say_scans(workshop)
    print(f"{written.path}: the gate of {len(written.card.experts)} experts is trained")
