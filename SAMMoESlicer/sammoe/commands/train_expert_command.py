"""`sammoe train-expert`: one more expert in a bundle, from labelled scans."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import add_labels, count
from .training_arguments import (
    add_bundle,
    add_gate,
    add_measure,
    add_schedule,
    check_extra,
    gate_options,
    gate_samples,
    general_data,
    measure_options,
    task_folders,
    training_options,
)
from .training_run import run_job

if TYPE_CHECKING:
    from ..bundle import ExpertCard
    from ..training.jobs.expert import ExpertJob


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_bundle(parser)
    parser.add_argument("--id", required=True, help="the expert's id, e.g. liver-lesion")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True,
        help="labelled scans: nnU-Net's imagesTr/ and labelsTr/, images/ and labels/, or "
        "scan.nii.gz beside scan_label.nii.gz",
    )  # fmt: skip
    add_labels(parser, help="which label is the task; repeat for more; default: every label")
    parser.add_argument(
        "--scan", metavar="PATTERN", action="append", default=[],
        help="learn from scans of this name only, e.g. 'ct_*'; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--structures", metavar="JSON", type=Path,
        help="says whose scans they are, so that no patient is both learnt from and measured on; "
        "default: structures.json in the folder of the scans, if it is there",
    )  # fmt: skip
    card = parser.add_argument_group("the expert's card")
    card.add_argument("--name", help="shown on the panel; default: the id")
    card.add_argument("--description", default="", help="for the panel's tool tip")
    card.add_argument("--color", metavar="R,G,B", type=color, help="each from 0 to 1")
    card.add_argument(
        "--code", metavar="SCHEME^VALUE^MEANING", type=code,
        help="terminology of what it segments, e.g. SCT^10200004^Liver",
    )  # fmt: skip
    card.add_argument("--trained-on", metavar="TEXT", help="default: how many scans")
    parser.add_argument("--replace", action="store_true", help="train an existing expert anew")
    add_schedule(parser, steps=2000, rate=1e-4)
    parser.add_argument(
        "--folds", metavar="N", type=count, default=0,
        help="let cross-validation over patients, in so many folds, say after which of the steps "
        "to stop: takes N times as long besides; default: all steps are taken",
    )  # fmt: skip
    add_gate(parser)
    add_measure(parser)


def run(arguments: argparse.Namespace) -> None:
    """Train, measure, and add the expert to the bundle.

    Raises:
        SAMMoEError: Bundle, data or options cannot be used, or the general model would lose.
    """
    check_extra("monai", "scipy")
    from ..bundle import check_can_write, read_bundle
    from ..training.jobs.expert import add_expert, check_new_id

    bundle = read_bundle(arguments.bundle)
    check_can_write(bundle.path, replace_it=True)
    check_new_id(bundle, arguments.id, replace_it=arguments.replace)
    job = _job(arguments)
    written = run_job(
        arguments,
        lambda workshop: add_expert(workshop, bundle, job),
        name=f"expert-{arguments.id}",
        beside=bundle.path,
    )
    if written is not None:
        added = f"expert '{arguments.id}' added, {len(written.card.experts)} in all"
        print(f"{written.path}: {added}")


def color(text: str) -> tuple[float, ...]:
    """Return R,G,B as three numbers from 0 to 1."""
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 3 or not all(0 <= value <= 1 for value in values):
        raise argparse.ArgumentTypeError(f"{text!r} is not R,G,B, each from 0 to 1")
    return values


def code(text: str) -> dict[str, str]:
    """Return SCHEME^VALUE^MEANING as a terminology code."""
    parts = text.split("^")
    if len(parts) != 3 or not all(parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not SCHEME^VALUE^MEANING")
    return dict(zip(("scheme", "value", "meaning"), parts, strict=True))


def _job(arguments: argparse.Namespace) -> "ExpertJob":
    from ..labelled_scans import ScanFolder
    from ..training.jobs.expert import ExpertJob

    return ExpertJob(
        card=_card(arguments),
        data=ScanFolder(
            arguments.data,
            tuple(arguments.label),
            arguments.channel,
            tuple(arguments.scan),
            arguments.structures,
        ),
        tasks=task_folders(arguments),
        general=general_data(arguments),
        training=training_options(arguments),
        folds=arguments.folds,
        samples=gate_samples(arguments),
        gate=gate_options(arguments),
        measure=measure_options(arguments),
    )


def _card(arguments: argparse.Namespace) -> "ExpertCard":
    from ..bundle import ExpertCard

    anatomy = {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"}
    looks = {} if arguments.color is None else {"color": arguments.color}
    return ExpertCard(
        id=arguments.id,
        name=arguments.name or arguments.id.replace("-", " ").replace("_", " ").capitalize(),
        description=arguments.description,
        terminology=arguments.code and {"category": anatomy, "type": arguments.code},
        trained_on=arguments.trained_on or "",
        **looks,
    )
