"""`sammoe`: the command line. A new command is a module in `commands` and a line in `COMMANDS`.

Exit codes: 0 done, 1 the worker failed, 2 the input is wrong; either with one line on stderr.
"""

import argparse
import errno
import logging
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

from . import __version__
from .errors import ProtocolError, SAMMoEError, WorkerError

COMMANDS = {
    "segment": "segment one object of a volume from points, curves, a box or an earlier mask",
    "demo": "segment a generated phantom CT, or a volume of yours, and draw the result",
    "phantom": "generate labelled phantom CTs, to try a training without a scan",
    "web": "serve the tool to a browser, without 3D Slicer",
    "info": "print bundle, experts, device and versions",
    "import": "turn a published SAM-Med3D checkpoint (.pth) into a bundle",
    "install": "verify a model and put it into a folder of models",
    "download": "download one large file, resumed after a stop and checked at the end",
    "train-expert": "fine-tune an expert on labelled scans and add it to a bundle",
    "train-gate": "train a bundle's gate from nothing and calibrate its thresholds",
    "fit-gate": "fit a gate's last layer to clicks in labelled scans; it keeps what it knows",
    "train-joint": "train gate and experts together",
    "train-general": "train a general model from scratch, or one further",
    "train-embedded": "train the embedded default from nothing",
    "evaluate": "measure a bundle on labelled scans and write a report",
}
"""Name to one line of help; `train-expert` would be the module `commands.train_expert_command`."""

WHAT_IT_IS = (
    "Click in a CT or MR volume, get a mask: SAM-Med3D with experts one can see and add. "
    "Start with 'sammoe demo'; 'sammoe COMMAND --help' explains a command."
)
EXIT_WORKER, EXIT_INPUT, EXIT_INTERRUPTED = 1, 2, 130
_COORDINATES = re.compile(r"-[\d.][\d.eE+-]*(\s*,\s*[\d.eE+-]+)+")


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without repeating the usage."""

    def error(self, message: str) -> NoReturn:
        """Print the message and leave with the exit code for bad input."""
        self.exit(EXIT_INPUT, f"{self.prog}: {message} (see '{self.prog} --help')\n")


def build_parser(wanted: str | None = None) -> argparse.ArgumentParser:
    """Return the parser; only the wanted command's arguments are filled in, None: all of them."""
    parser = OneLineParser(prog="sammoe", description=WHAT_IT_IS)
    parser.add_argument("--version", action="version", version=f"sammoe {__version__}")
    parsers = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=OneLineParser
    )
    for name, line in COMMANDS.items():
        command = parsers.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".")
        if wanted in (None, name):
            command_module(name).add_arguments(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = join_coordinates(sys.argv[1:] if argv is None else argv)
    command = next((word for word in words if word in COMMANDS), None)
    arguments = build_parser(command).parse_args(words)
    logging.basicConfig(level=logging.WARNING, format="sammoe: %(message)s")
    if isinstance(sys.stdout, TextIOWrapper):  # a file's name may be no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        command_module(arguments.command).run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except (SAMMoEError, OSError) as error:
        if isinstance(error, OSError) and _nobody_reads(error):  # `sammoe info | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"sammoe {arguments.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return EXIT_WORKER if isinstance(error, WorkerError | ProtocolError) else EXIT_INPUT
    return 0


def command_module(name: str) -> Any:
    """Return the module of a command; it has `add_arguments(parser)` and `run(arguments)`."""
    return import_module(f".commands.{name.replace('-', '_')}_command", __package__)


def join_coordinates(words: Sequence[str]) -> list[str]:
    """Write `--point -1,2,3` as `--point=-1,2,3`, which argparse would take for an option."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].startswith("--") and _COORDINATES.fullmatch(word.strip()):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _nobody_reads(error: OSError) -> bool:
    """Say whether stdout's pipe has no reader; Windows calls that, like much else, EINVAL."""
    if error.errno != errno.EINVAL or error.filename is not None:
        return isinstance(error, BrokenPipeError)
    try:
        os.write(sys.stdout.fileno(), b"\n")  # what was not written is gone, and tells nothing
    except OSError:
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
