"""Which objects of labelled scans a command is about, and whose task each is."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import add_labels, count

if TYPE_CHECKING:
    from ..bundle import Bundle
    from ..evaluation import Case
    from ..labelled_scans import LeftOut


def add_cases(parser: argparse.ArgumentParser) -> None:
    """Add the folders, what of them is meant, and whose task it is."""
    parser.add_argument(
        "--data", metavar="DIR", type=Path, action="append", required=True,
        help="labelled scans, as for training; repeat for more",
    )  # fmt: skip
    parser.add_argument(
        "--structures", metavar="JSON", type=Path,
        help="what labels are: names, groups, experts, patients; default: structures.json in the "
        "folder of the scans, if it is there",
    )  # fmt: skip
    parser.add_argument(
        "--scan", metavar="PATTERN", action="append", default=[],
        help="scans of this name only, e.g. 'ct_*'; repeat for more",
    )  # fmt: skip
    add_labels(parser, help="this label only; repeat for more")
    parser.add_argument(
        "--expert", metavar="CLASS=ID", type=class_experts, action="append", default=[],
        help="whose task a class is, by name, label value or range (26-33=vertebra); default: the "
        "expert of the same name; repeat for more",
    )  # fmt: skip
    parser.add_argument("--min-voxels", metavar="N", type=count, default=100)


def class_experts(text: str) -> dict[str, str]:
    """Return CLASS=ID as expert id by class; 26-33=ID stands for all these label values."""
    name, _, expert_id = text.rpartition("=")
    if not name or not expert_id:
        raise argparse.ArgumentTypeError(f"{text!r} is not CLASS=ID")
    first, dash, last = name.partition("-")
    if dash and first.isdecimal() and last.isdecimal():
        if int(first) > int(last):
            raise argparse.ArgumentTypeError(f"{text!r}: {name} is an empty range")
        return dict.fromkeys(map(str, range(int(first), int(last) + 1)), expert_id)
    return {name: expert_id}


def told_experts(arguments: argparse.Namespace, bundle: "Bundle") -> dict[str, str]:
    """Return expert id by class, as `--expert` says.

    Raises:
        SAMMoEError: The bundle has no such expert.
    """
    told = {key: value for pairs in arguments.expert for key, value in pairs.items()}
    for expert_id in told.values():
        bundle.card.expert(expert_id)
    return told


def cases_from(arguments: argparse.Namespace, left_out: "LeftOut") -> list["Case"]:
    """Return the objects.

    Raises:
        SAMMoEError: No such folder, label or class, or nothing usable.
    """
    from ..evaluation import Wanted, check_classes, find_cases, named_classes

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
    return cases
