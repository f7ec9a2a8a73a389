"""Arguments that several commands take, and their types."""

import argparse
from pathlib import Path
from typing import Any

from ..options import AUTO, NO_EXPERT, PRECISIONS

DEVICES = ("auto", "cpu", "cuda", "mps")


def point(text: str) -> tuple[float, ...]:
    """Return R,A,S as three numbers."""
    return _numbers(text, 3, "R,A,S in mm, e.g. 12.5,-30,44")


def box(text: str) -> tuple[float, ...]:
    """Return R0,A0,S0,R1,A1,S1 as six numbers."""
    return _numbers(text, 6, "R0,A0,S0,R1,A1,S1 in mm, two opposite corners")


def tau(text: str) -> float:
    """Return a threshold between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def count(text: str) -> int:
    """Return a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


class AppendPrompt(argparse.Action):
    """Keeps clicks and curves in the order in which they were given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Append (label, position or file) to `prompts`; `const` is the label."""
        namespace.prompts = [*namespace.prompts, (self.const, values)]


def add_prompts(parser: argparse.ArgumentParser) -> None:
    """Add what says where the object is: `prompts`, `box`, `mask`."""
    group = parser.add_argument_group("prompts (RAS mm, as 3D Slicer shows them)")
    for name, label, help_text in (
        ("--point", 1, "a position inside the object; repeat for more"),
        ("--negative", 0, "a position that does not belong to it; repeat for more"),
    ):
        group.add_argument(
            name, dest="prompts", metavar="R,A,S", type=point, action=AppendPrompt, const=label,
            default=[], help=help_text,
        )  # fmt: skip
    for name, label, help_text in (
        ("--curve", 1, "an open curve on the object or a closed one around it, from 3D Slicer"),
        ("--negative-curve", 0, "the same on or around what does not belong to it"),
    ):
        group.add_argument(
            name, dest="prompts", metavar="FILE.mrk.json", type=Path, action=AppendPrompt,
            const=label, help=help_text,
        )  # fmt: skip
    group.add_argument("--box", metavar="R0,A0,S0,R1,A1,S1", type=box, help="around the object")
    group.add_argument("--mask", metavar="PREVIOUS", help="an earlier mask to correct")
    group.add_argument(
        "--segment", metavar="NAME",
        help="which segment of PREVIOUS, by name, id or label; needed where it has several",
    )  # fmt: skip


def add_prediction(parser: argparse.ArgumentParser) -> None:
    """Add which expert, which threshold, whether to follow the object."""
    group = parser.add_argument_group("prediction")
    group.add_argument(
        "--expert", metavar="ID|none", default=AUTO,
        help=f"an expert's id (see `sammoe info`), or '{NO_EXPERT}' for the general decoder alone; "
        "default: the gate chooses",
    )  # fmt: skip
    group.add_argument(
        "--tau", metavar="X", type=tau, help="the gate's threshold, 0..1; default: the bundle's"
    )
    group.add_argument(
        "--follow", action="store_true", help="go on where the object leaves the model's view"
    )


def add_labels(parser: Any, prefix: str = "", *, help: str | None = None) -> None:
    """Add which labels and which channel of labelled scans are meant.

    Args:
        parser: Or a group of it.
        prefix: Of the options' names, e.g. `general-`.
        help: What the labels are for; None: for whatever the scans are.
    """
    parser.add_argument(
        f"--{prefix}label", metavar="N|NAME", action="append", default=[],
        help=help or "which labels of these scans are meant; repeat for more; default: every label",
    )  # fmt: skip
    parser.add_argument(
        f"--{prefix}channel", metavar="N", type=int, default=0, help="of nnU-Net's channels"
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add which bundle runs where."""
    group = parser.add_argument_group("model")
    group.add_argument("--bundle", metavar="DIR", help="default: the embedded one")
    group.add_argument("--device", choices=DEVICES, default="auto")
    group.add_argument("--threads", metavar="N", type=count, help="threads to use on a CPU")
    group.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="of a CPU; auto: bfloat16 where the processor has it natively",
    )
    group.add_argument(
        "--worker", metavar="COMMAND",
        help="run the model elsewhere, e.g. 'ssh gpu-host sammoe-worker'; the bundle is then the "
        "other machine's",
    )  # fmt: skip


def _numbers(text: str, wanted: int, shape: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != wanted:
        raise argparse.ArgumentTypeError(f"{text!r} is not {shape}")
    return values
