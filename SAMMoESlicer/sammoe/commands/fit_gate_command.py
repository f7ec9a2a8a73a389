"""`sammoe fit-gate`: a gate's last layer, fitted to clicks in labelled scans."""

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import DEVICES, add_labels, count
from .evaluate_command import class_experts
from .training_arguments import (
    add_anatomy,
    add_bundle,
    add_measure,
    anatomy_from,
    check_extra,
    measure_options,
)
from .training_run import say_scans, workshop_from

if TYPE_CHECKING:
    from ..bundle import Bundle
    from ..evaluation import Case
    from ..labelled_scans import LeftOut


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_bundle(parser)
    parser.add_argument(
        "--data", metavar="DIR", type=Path, action="append", required=True,
        help="labelled scans the gate shall do better on; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--structures", metavar="JSON", type=Path,
        help="says whose task a label is; default: structures.json in the folder of the scans",
    )  # fmt: skip
    parser.add_argument(
        "--scan", metavar="PATTERN", action="append", default=[],
        help="scans of this name only, e.g. 'ct_*'; repeat for more",
    )  # fmt: skip
    add_labels(parser, help="this label only; repeat for more")
    parser.add_argument(
        "--expert", metavar="CLASS=ID", type=class_experts, action="append", default=[],
        help="whose task a class is, by name, label value or range (26-33=vertebra); repeat for "
        "more; what is no expert's is nobody's",
    )  # fmt: skip
    parser.add_argument(
        "--beside", metavar="PATTERN", action="append", default=[],
        help="scans whose places without a label are nobody's, e.g. 'sts*'; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--users", metavar="N", type=count, default=4,
        help="how many users click in every object and draw a box around it; default: 4",
    )  # fmt: skip
    parser.add_argument("--min-voxels", metavar="N", type=count, default=100)
    parser.add_argument(
        "--scenes", metavar="N", type=count, default=40,
        help="geometric scenes beside the label maps of real bodies, where biases are set; "
        "default: 40",
    )  # fmt: skip
    add_anatomy(parser)
    parser.add_argument(
        "--gate-samples", metavar="N", type=count, default=200,
        help="prompts of each task there, and twice as many general ones, of which a quarter is "
        "used; default: 200",
    )  # fmt: skip
    parser.add_argument("--cache", metavar="DIR", type=Path, help="where bodies are kept")
    add_measure(parser)
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--threads", metavar="N", type=count, help="threads to use on a CPU")


def run(arguments: argparse.Namespace) -> None:
    """Ask, fit, measure, write.

    Raises:
        SAMMoEError: Bundle or data cannot be used, or the general model would lose.
    """
    check_extra("monai", "scipy")
    if int(os.environ.get("RANK", "0")):
        return  # The first process of torchrun does it all: there is nothing to share.
    from ..bundle import check_can_write, read_bundle
    from ..training.gate.prompts import GateSamples
    from ..training.jobs.fitted_gate import FittedGateJob, fit_gate_further
    from ..training.samples.general_views import GeneralData

    bundle = read_bundle(arguments.bundle)
    check_can_write(bundle.path, replace_it=True)
    with workshop_from(arguments, (bundle.path.parent, ""), resumes=False) as workshop:
        try:
            job = FittedGateJob(
                cases=_cases(arguments, bundle, workshop.left_out),
                users=arguments.users,
                beside=tuple(arguments.beside),
                bodies=GeneralData(
                    scenes=arguments.scenes,
                    anatomy=anatomy_from(arguments),
                    cache=arguments.cache,
                ),
                samples=GateSamples(arguments.gate_samples, 2 * arguments.gate_samples),
                measure=measure_options(arguments),
            )
            written = fit_gate_further(workshop, bundle, job)
        finally:
            say_scans(workshop)
    print(f"{written.path}: the gate of {len(written.card.experts)} experts is fitted")


def _cases(arguments: argparse.Namespace, bundle: "Bundle", left_out: "LeftOut") -> list["Case"]:
    """Return the objects, with the expert whose task each is."""
    from ..evaluation import Wanted, check_classes, expert_of, find_cases, named_classes

    folders = [folder.absolute() for folder in arguments.data]
    wanted = Wanted(
        labels=tuple(arguments.label),
        scans=tuple(arguments.scan),
        channel=arguments.channel,
        min_voxels=arguments.min_voxels,
        structures=arguments.structures,
    )
    cases = find_cases(folders, left_out, wanted=wanted)
    check_classes(arguments.expert, cases, named_classes(folders, wanted))
    told = {name: expert for pairs in arguments.expert for name, expert in pairs.items()}
    for expert in told.values():
        bundle.card.expert(expert)
    ids = bundle.card.expert_ids
    return [replace(case, expert=expert_of(case, told, ids)) for case in cases]
