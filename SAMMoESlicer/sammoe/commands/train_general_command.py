"""`sammoe train-general`: a general model, from scratch or further, on scenes or labelled scans."""

import argparse
from pathlib import Path

from .arguments import add_labels, count
from .training_arguments import (
    add_anatomy,
    add_schedule,
    anatomy_from,
    check_extra,
    training_options,
)
from .training_run import run_job


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="the new bundle's folder"
    )
    parser.add_argument("--replace", action="store_true", help="replace a bundle that is there")
    parser.add_argument(
        "--bundle", metavar="DIR", type=Path,
        help="train this bundle's general model further, of either family; default: a compact one "
        "from scratch",
    )  # fmt: skip
    parser.add_argument(
        "--data", metavar="DIR", type=Path,
        help="labelled scans of many structures; default: painted label maps",
    )  # fmt: skip
    add_labels(parser)
    parser.add_argument(
        "--scenes", metavar="N", type=count, default=140,
        help="geometric scenes beside the label maps of real bodies; default: 140",
    )  # fmt: skip
    add_anatomy(parser)
    parser.add_argument("--cache", metavar="DIR", type=Path, help="where scans are kept")
    parser.add_argument("--name", default="General model", help="shown on the panel")
    parser.add_argument(
        "--size", metavar="NAME=N", type=size, action="append", default=[],
        help="a size of the compact family, e.g. encoder_depth=4; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--test-samples", metavar="N", type=count, default=40,
        help="objects on which it is measured where its logits are cut, at most; default: 40",
    )  # fmt: skip
    add_schedule(parser, steps=6000, rate=8e-4)


def run(arguments: argparse.Namespace) -> None:
    """Train and write the bundle.

    Raises:
        SAMMoEError: Bundle, data or options cannot be used.
    """
    check_extra("monai", "scipy")
    from dataclasses import replace

    from ..bundle import check_can_write, read_bundle
    from ..labelled_scans import ScanFolder
    from ..training.jobs.general import FROM_SCRATCH, GeneralJob, new_general
    from ..training.samples.general_views import GeneralData

    place = check_can_write(arguments.output, replace_it=arguments.replace)
    given = training_options(arguments)
    training = replace(
        FROM_SCRATCH, steps=given.steps, learning_rate=given.learning_rate, parts=given.parts,
        seed=given.seed, views=given.views,
        coarse_views=arguments.views or FROM_SCRATCH.coarse_views,
    )  # fmt: skip
    folder = arguments.data and ScanFolder(
        arguments.data, tuple(arguments.label), arguments.channel
    )
    job = GeneralJob(
        out=arguments.output,
        place=place,
        start=read_bundle(arguments.bundle) if arguments.bundle else None,
        general=GeneralData(
            folder,
            scenes=arguments.scenes,
            anatomy=anatomy_from(arguments),
            cache=arguments.cache,
        ),
        training=training,
        sizes=dict(arguments.size),
        name=arguments.name,
        test_samples=arguments.test_samples,
    )
    written = run_job(
        arguments, lambda workshop: new_general(workshop, job), name="general",
        beside=arguments.output,
    )  # fmt: skip
    if written is not None:
        print(f"{written.path}: {written.card.name}, {written.card.training['steps']} steps")


def size(text: str) -> tuple[str, int]:
    """Return NAME=N as a name and a whole number."""
    name, _, number = text.partition("=")
    if not name.isidentifier() or not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=N")
    return name, int(number)
