"""`sammoe train-embedded`: the embedded default from nothing, as the repository's was made."""

import argparse
from pathlib import Path

from .arguments import DEVICES, count
from .training_arguments import add_anatomy, anatomy_from, check_extra
from .training_run import workshop_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--work", metavar="DIR", type=Path, required=True,
        help="scenes, checkpoints and results; the same command goes on from there after Ctrl+C",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="the bundle's folder"
    )
    parser.add_argument(
        "--scans", metavar="DIR", type=Path, help="real scans to measure on at the end"
    )
    parser.add_argument(
        "--scan", metavar="PATTERN", action="append", default=[], help="only those of this name"
    )
    parser.add_argument(
        "--structures", metavar="JSON", type=Path, help="what their labels are, as for evaluate"
    )
    parser.add_argument(
        "--tumours", metavar="DIR", type=Path,
        help="patients' scans with labelled tumours, for an expert; default: there is none",
    )  # fmt: skip
    parser.add_argument(
        "--tumour-scan", metavar="PATTERN", action="append", default=[],
        help="only those of this name; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--tumour-source", metavar="TEXT", default="source not given",
        help="whose scans they are, and under which licence, for the card",
    )  # fmt: skip
    add_anatomy(parser)
    parser.add_argument("--device", choices=DEVICES, default="cpu")
    parser.add_argument(
        "--painters", metavar="N", type=int, default=0,
        help="processes that draw views while a GPU learns; default: none",
    )  # fmt: skip
    parser.add_argument(
        "--minutes", metavar="N", type=float,
        help="stop after so long; the same command, on any device, goes on from the checkpoint",
    )  # fmt: skip
    parser.add_argument("--threads", metavar="N", type=count, default=1, help="of each process")


def run(arguments: argparse.Namespace) -> None:
    """Do the stages that are missing, and write the bundle.

    Raises:
        SAMMoEError: The work folder holds another recipe's work, or the scans cannot be used.
        SystemExit: 130 when it was stopped.
    """
    check_extra("monai", "scipy")
    from ..evaluation import Wanted
    from ..labelled_scans import ScanFolder
    from ..training.embedded_bundle import RealScans, make_embedded

    arguments.work.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(scans=tuple(arguments.scan), structures=arguments.structures)
    with workshop_from(arguments, (arguments.work, ""), resumes=True, keeps=True) as workshop:
        scans = arguments.scans and RealScans(
            arguments.scans, wanted, processes=workshop.processes.count
        )
        tumours = arguments.tumours and ScanFolder(
            arguments.tumours, scans=tuple(arguments.tumour_scan), structures=arguments.structures
        )
        bundle = make_embedded(
            workshop, arguments.output, anatomy=anatomy_from(arguments), tumours=tumours,
            tumour_source=arguments.tumour_source, scans=scans,
        )  # fmt: skip
        if bundle is not None:
            workshop.say(f"{bundle.path}: {bundle.card.name}, {len(bundle.card.experts)} experts")
