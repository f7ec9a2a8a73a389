"""`sammoe train-joint`: gate and experts together; a step updates only the top-1 expert."""

import argparse

from .training_arguments import (
    add_bundle,
    add_gate,
    add_measure,
    add_schedule,
    check_extra,
    gate_samples,
    general_data,
    measure_options,
    task_folders,
    training_options,
)
from .training_run import run_job


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_bundle(parser)
    add_schedule(parser, steps=1000, rate=1e-4)
    add_gate(parser)
    add_measure(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train, calibrate, measure, write.

    Raises:
        SAMMoEError: Bundle or data cannot be used, or the general model would lose.
    """
    check_extra("monai", "scipy")
    from ..bundle import check_can_write, read_bundle
    from ..training.jobs.joint import JointJob, train_together

    bundle = read_bundle(arguments.bundle)
    check_can_write(bundle.path, replace_it=True)
    job = JointJob(
        tasks=task_folders(arguments),
        general=general_data(arguments),
        training=training_options(arguments),
        samples=gate_samples(arguments),
        measure=measure_options(arguments),
    )
    written = run_job(
        arguments,
        lambda workshop: train_together(workshop, bundle, job),
        name="joint",
        beside=bundle.path,
    )
    if written is not None:
        print(f"{written.path}: gate and {len(written.card.experts)} experts trained together")
