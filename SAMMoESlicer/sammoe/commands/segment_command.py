"""`sammoe segment`: one object of one volume, from prompts to a file."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..options import PredictOptions
from ..prompts import PromptSet
from ..provenance import Provenance, prompt_values
from ..volume import Volume
from .arguments import add_model, add_prediction, add_prompts, count
from .outputs import check_outputs
from .prediction import (
    Prediction,
    check_prompted,
    client_from,
    curve_files,
    options_from,
    predict_once,
    prompts_from,
    thresholds,
)
from .progress_bar import ProgressBar
from .report import make_report, one_line, write_report

if TYPE_CHECKING:
    from ..image_io import SegmentInfo

NOTHING_FOUND = (
    "the mask is empty: click nearer to the middle of the object, or draw a box around it"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "volume", metavar="VOLUME", help="NIfTI, NRRD, MHA, or a folder of DICOM slices"
    )
    parser.add_argument(
        "--series", metavar="N", type=count, help="which series of a DICOM folder; default: largest"
    )
    add_prompts(parser)
    add_prediction(parser)
    add_model(parser)
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o", "--output", metavar="OUT", type=Path, required=True,
        help=".seg.nrrd (opens in 3D Slicer as a segmentation), .nii.gz, .nrrd or .mha",
    )  # fmt: skip
    group.add_argument(
        "--name", help="the segment's name; default: that of --mask, or the expert's",
    )  # fmt: skip
    group.add_argument("--report", metavar="JSON", type=Path, help="scores, size, timings")
    group.add_argument("--figure", metavar="PNG", type=Path, help="a picture of the result")


def run(arguments: argparse.Namespace) -> None:
    """Carry the command out.

    Raises:
        SAMMoEError: What is wrong with the input or the worker.
    """
    from ..image_io import check_mask_path, read_segment_info, read_volume

    check_prompted(arguments)
    check_mask_path(arguments.output)
    check_outputs(
        (arguments.output, arguments.report, arguments.figure),
        (arguments.volume, arguments.mask, arguments.bundle, *curve_files(arguments)),
    )
    if arguments.figure is not None:
        check_picture(arguments.figure)
    start_s = time.perf_counter()
    with ProgressBar() as bar:
        bar.show("read")
        volume = read_volume(arguments.volume, series=arguments.series)
        check_mask_path(arguments.output, volume)
        prompts, options = prompts_from(arguments, volume), options_from(arguments)
        earlier = (
            read_segment_info(arguments.mask, segment=arguments.segment) if arguments.mask else None
        )
        read_ms = (time.perf_counter() - start_s) * 1e3
        prediction = predict_once(volume, prompts, options, client_from(arguments), bar)
    prediction.timings_ms["read"] = read_ms
    save(
        prediction, volume, prompts, options,
        output=arguments.output, earlier=earlier, name=arguments.name, report=arguments.report,
        figure=arguments.figure,
    )  # fmt: skip
    empty = () if prediction.result.voxel_count else (NOTHING_FOUND,)
    for note in (*prediction.result.notes, *empty):
        print(f"sammoe segment: {note}", file=sys.stderr)
    print(f"{arguments.output}: {one_line(prediction, volume)}")


def check_picture(path: Path) -> None:
    """Check that a picture can be drawn there.

    Raises:
        SAMMoEError: The ending is of no picture, or matplotlib is not installed.
    """
    from ..figure import check_can_draw

    check_can_draw(path)


def save(
    prediction: Prediction,
    volume: Volume,
    prompts: PromptSet,
    options: PredictOptions,
    *,
    output: Path,
    earlier: "SegmentInfo | None" = None,
    name: str | None = None,
    report: Path | None = None,
    figure: Path | None = None,
    title: str = "SAM-Med3D-MoE",
) -> dict[str, Any]:
    """Write mask, report and picture as far as they are wanted; returns the report.

    The segment is named, coloured and coded like the one that was corrected, or like the expert.

    Raises:
        SAMMoEError: A file cannot be written.
    """
    from ..image_io import write_mask

    start_s = time.perf_counter()
    segment = _segment_info(prediction, earlier)
    tags = {**dict(segment.tags), **_record(prediction, prompts, options).to_tags()}
    segment = replace(segment, name=name or segment.name, tags=tuple(tags.items()))
    write_mask(output, prediction.result.mask_kji, volume.ijk_to_ras, segment=segment)
    prediction.timings_ms["write"] = (time.perf_counter() - start_s) * 1e3
    contents = make_report(prediction, volume, prompts, options)
    if report is not None:
        write_report(report, contents)
    if figure is not None:
        _draw(figure, prediction, volume, prompts, title, options.tau)
    return contents


def _segment_info(prediction: Prediction, earlier: "SegmentInfo | None") -> "SegmentInfo":
    from ..image_io import SegmentInfo

    if earlier is not None and earlier.name != SegmentInfo.name:  # then nobody has named it
        return earlier
    if prediction.result.expert is None:
        return SegmentInfo()
    expert = prediction.bundle.expert(prediction.result.expert)
    return SegmentInfo(expert.name, expert.color, expert.terminology)


def _record(prediction: Prediction, prompts: PromptSet, options: PredictOptions) -> Provenance:
    """Return how the mask came about."""
    result = prediction.result
    return Provenance(
        prompt_values(prompts),
        options=options,
        expert=result.expert,
        scores=result.scores,
        tau=result.tau,
        bundle=prediction.bundle.name,
        bundle_hash=prediction.worker_info.get("bundle_hash", ""),
    )


def _draw(
    path: Path,
    prediction: Prediction,
    volume: Volume,
    prompts: PromptSet,
    title: str,
    tau: float | None,
) -> None:
    from ..figure import Caption, save_figure

    experts = prediction.bundle.experts
    size = " x ".join(str(n) for n in volume.shape_ijk)
    spacing = " x ".join(f"{mm:.3g}" for mm in volume.spacing_mm)
    caption = Caption(
        title=title,
        subtitle=f"{size} voxels of {spacing} mm  ·  bundle {prediction.bundle.name}",
        names={"general": "General decoder", **{card.id: card.name for card in experts}},
        colors={card.id: card.color for card in experts},
        taus=thresholds(prediction, tau),
    )
    save_figure(path, volume, prompts, prediction.result, caption=caption)
