"""One prediction by a worker that lives as long as the command."""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..bundle import BundleCard
from ..errors import PromptError
from ..geometry import array_box
from ..options import PredictOptions
from ..prompt_checks import check_prompts
from ..prompts import BACKGROUND, FOREGROUND, MaskPrompt, PromptSet
from ..result import Result
from ..volume import Volume
from ..worker import Event, Predicted, Progress, WorkerClient
from ..worker.process import split_command
from .progress_bar import ProgressBar

_OTHER_SIDE = {
    FOREGROUND: ("the background", "--negative-curve"),
    BACKGROUND: ("the object", "--curve"),
}
"""By a curve's label: what the other one means, and the option for it."""
PATIENCE_S = 3600.0
"""Long enough for a large model that follows a vessel on a slow CPU."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a worker answered.

    Attributes:
        result: The mask and why it looks so.
        worker_info: What the worker says of its bundle, experts, device and versions.
        timings_ms: Milliseconds a stage: those of the model, and those around it.
    """

    result: Result
    worker_info: dict[str, Any]
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def bundle(self) -> BundleCard:
        """The card of the worker's bundle."""
        card: BundleCard = self.worker_info["bundle"]
        return card


def client_from(arguments: argparse.Namespace) -> WorkerClient:
    """Return the client that `--worker`, `--bundle`, `--device`, ... ask for.

    Raises:
        WorkerError: The worker's command line is none.
    """
    return WorkerClient(
        split_command(arguments.worker) if arguments.worker else None,
        bundle=arguments.bundle,
        device=arguments.device,
        threads=arguments.threads,
        precision=arguments.precision,
    )


def options_from(arguments: argparse.Namespace) -> PredictOptions:
    """Return the options that `--expert`, `--tau` and `--follow` ask for."""
    return PredictOptions(expert=arguments.expert, tau=arguments.tau, follow=arguments.follow)


def prompts_from(arguments: argparse.Namespace, volume: Volume) -> PromptSet:
    """Return the prompts on the command line; an earlier mask is read onto the volume's grid.

    Raises:
        PromptError: A prompt that makes no sense, or lies outside the volume; a file without
            curves.
        GeometryError: The mask cannot be read or is not on the volume's grid.
    """
    box_ras = None if arguments.box is None else np.reshape(arguments.box, (2, 3))
    mask = _earlier_mask(arguments.mask, volume, arguments.segment) if arguments.mask else None
    prompts = PromptSet(box_ras=box_ras, mask=mask)
    for label, given in arguments.prompts:
        add = _with_curves if isinstance(given, Path) else PromptSet.with_point
        prompts = add(prompts, given, label)
    check_prompts(prompts, volume)
    return prompts


def check_prompted(arguments: argparse.Namespace) -> None:
    """Check that the command line says where the object is.

    Raises:
        PromptError: No point, no curve and no box, or a segment of no mask.
    """
    if arguments.segment and not arguments.mask:
        raise PromptError("--segment says which segment of an earlier mask; name that with --mask")
    if not arguments.prompts and arguments.box is None:
        raise PromptError(
            "say where the object is: --point R,A,S, --curve FILE.mrk.json or "
            "--box R0,A0,S0,R1,A1,S1"
        )


def curve_files(arguments: argparse.Namespace) -> list[Path]:
    """Return the files of curves among the prompts."""
    return [given for _, given in arguments.prompts if isinstance(given, Path)]


def predict_once(
    volume: Volume,
    prompts: PromptSet,
    options: PredictOptions,
    client: WorkerClient,
    bar: ProgressBar,
) -> Prediction:
    """Start the worker, predict, close it.

    Args:
        volume: Where the object is.
        prompts: What says so.
        options: Which expert, which threshold.
        client: Not started yet.
        bar: Shows how far it is.

    Raises:
        SAMMoEError: What is wrong with bundle, prompts, options or worker.
    """
    bar.show("start")

    def show(event: Event) -> None:
        if isinstance(event, Progress):
            bar.show(event.stage)

    start_s = time.perf_counter()
    with client:
        loaded = client.start()
        client.set_volume(volume)
        predicted = client.predict(prompts, options)
        client.wait(loaded, timeout_s=PATIENCE_S, on_event=show)
        ready_s = time.perf_counter()
        answer = client.wait(predicted, timeout_s=PATIENCE_S, on_event=show)
        info = client.describe()
    assert isinstance(answer, Predicted)
    around_ms = {"start_worker": (ready_s - start_s) * 1e3}
    around_ms["predict"] = (time.perf_counter() - ready_s) * 1e3
    return Prediction(answer.result, info, {**answer.result.timings_ms, **around_ms})


def thresholds(prediction: Prediction, chosen: float | None) -> dict[str, float]:
    """Return the threshold of every expert: the user's for all, or its own, or the bundle's."""
    card = prediction.bundle
    return {id: card.tau_of(id) if chosen is None else chosen for id in card.expert_ids}


def _with_curves(prompts: PromptSet, path: Path, label: int) -> PromptSet:
    """Return the prompts with every curve of a file.

    Raises:
        PromptError: No curve can be read, or one says of itself that it means the other side.
    """
    from ..image_io import read_curves

    for curve in read_curves(path):
        if curve.labels - {label}:
            side, option = _OTHER_SIDE[label]
            raise PromptError(f"{path} says that it means {side}; give it with {option}")
        prompts = prompts.with_curve(curve.points_ras, label, closed=curve.closed)
    return prompts


def _earlier_mask(path: str, volume: Volume, segment: str | None) -> MaskPrompt:
    from ..image_io import read_mask

    mask_kji = read_mask(path, volume, segment=segment)
    return MaskPrompt(mask_kji, array_box(mask_kji.shape)).tight
