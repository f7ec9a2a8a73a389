"""`sammoe fit-gate`: a gate's last layer, fitted to clicks in labelled scans."""

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import DEVICES, count
from .cases import add_cases, cases_from, told_experts
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
    add_cases(parser)
    parser.add_argument(
        "--beside", metavar="PATTERN", action="append", default=[],
        help="scans whose places without a label are nobody's, e.g. 'sts*'; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--users", metavar="N", type=count, default=4,
        help="how many users click in every object and draw a box around it; default: 4",
    )  # fmt: skip
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
    from ..evaluation import expert_of

    told, ids = told_experts(arguments, bundle), bundle.card.expert_ids
    cases = cases_from(arguments, left_out)
    return [replace(case, expert=expert_of(case, told, ids)) for case in cases]
