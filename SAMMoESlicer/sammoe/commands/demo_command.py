"""`sammoe demo`: from nothing to a mask, a report and a picture."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PromptError
from ..overlap import dice
from ..prompts import PromptSet
from .arguments import add_model, add_prediction, add_prompts
from .outputs import check_outputs
from .prediction import (
    check_prompted,
    client_from,
    options_from,
    predict_once,
    prompts_from,
)
from .progress_bar import ProgressBar
from .report import one_line, write_report
from .segment_command import check_picture, save

if TYPE_CHECKING:
    from ..phantom import Phantom

STRUCTURE = "vertebra L4"
NAMES = ("picture.png", "mask.seg.nrrd", "report.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("volume", metavar="VOLUME", nargs="?", help="default: a generated phantom")
    parser.add_argument(
        "--structure", default=STRUCTURE, help="where to click in the phantom; default: %(default)s"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("demo_out"))
    add_prompts(parser)
    add_prediction(parser)
    add_model(parser)


def run(arguments: argparse.Namespace) -> None:
    """Carry the command out.

    Raises:
        SAMMoEError: What is wrong with the input or the worker.
    """
    from ..image_io import read_volume

    phantom = None
    if arguments.volume is None:
        phantom = _phantom(arguments)
    else:
        check_prompted(arguments)
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    names = [*NAMES, *(["phantom.nii.gz"] if phantom else [])]
    check_outputs(
        [out / name for name in names], (arguments.volume, arguments.mask, arguments.bundle)
    )
    check_picture(out / "picture.png")
    with ProgressBar() as bar:
        bar.show("read")
        volume = phantom.volume if phantom else read_volume(arguments.volume)
        prompts, options = prompts_from(arguments, volume), options_from(arguments)
        prediction = predict_once(volume, prompts, options, client_from(arguments), bar)
    if phantom is not None:
        _save_phantom(out / "phantom.nii.gz", phantom)
    report = save(
        prediction, volume, prompts, options,
        output=out / "mask.seg.nrrd", figure=out / "picture.png",
        title=_title(prompts, arguments.structure if phantom else "volume"),
    )  # fmt: skip
    print(one_line(prediction, volume))
    if phantom is not None:
        report["phantom"] = {"structure": arguments.structure}
        report["phantom"]["dice"] = overlap = dice(
            prediction.result.mask_kji, phantom.mask_of(arguments.structure)
        )
        print(f"Dice with the phantom's own {arguments.structure}: {overlap:.3f}")
    write_report(out / "report.json", report)
    print(f"Look at {out / names[0]}; beside it: {', '.join(names[1:])}")


def _title(prompts: PromptSet, place: str) -> str:
    clicks, curves = len(prompts.point_labels), len(prompts.curves)
    parts = (
        {0: "", 1: "one click"}.get(clicks, f"{clicks} clicks"),
        {0: "", 1: "one curve"}.get(curves, f"{curves} curves"),
        "" if prompts.box_ras is None else "a box",
    )
    words = f"{' and '.join(filter(None, parts))} in the {place}"
    return words[0].upper() + words[1:]


def _phantom(arguments: argparse.Namespace) -> "Phantom":
    """Return the phantom; without prompts, click into the middle of the structure."""
    from ..phantom import make_phantom

    phantom = make_phantom()
    centre_ras = phantom.centre_of(arguments.structure)
    if arguments.mask:
        raise PromptError("an earlier mask belongs to a volume of yours; name that volume too")
    if not arguments.prompts and arguments.box is None:
        arguments.prompts = [(1, tuple(centre_ras))]
    return phantom


def _save_phantom(path: Path, phantom: "Phantom") -> None:
    from ..image_io import write_volume

    write_volume(path, phantom.volume)
