"""Arguments that the training commands share, and what they become."""

import argparse
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SAMMoEError
from .arguments import DEVICES, add_labels, count

if TYPE_CHECKING:
    from ..labelled_scans import ScanFolder
    from ..training.gate.fit import GateOptions
    from ..training.gate.prompts import GateSamples
    from ..training.loop.schedule import TrainingOptions
    from ..training.samples.general_views import GeneralData
    from ..training.stages.no_forgetting import MeasureOptions


def add_bundle(parser: argparse.ArgumentParser) -> None:
    """Add the bundle that is changed."""
    parser.add_argument(
        "--bundle", metavar="DIR", type=Path, required=True,
        help="the bundle to change, in one step at the end; copy the embedded one to start",
    )  # fmt: skip


def add_schedule(parser: argparse.ArgumentParser, *, steps: int, rate: float) -> None:
    """Add length, rate, batch, seed, checkpoints."""
    group = parser.add_argument_group("training")
    group.add_argument("--steps", metavar="N", type=count, default=steps, help=f"default: {steps}")
    group.add_argument(
        "--rate", metavar="X", type=positive, default=rate, help=f"learning rate; default: {rate}"
    )
    group.add_argument(
        "--views", metavar="N", type=count, help="patches in one part of a batch; default: 2"
    )
    group.add_argument(
        "--parts", metavar="N", type=count, default=1,
        help="parts of a batch, shared among the processes of torchrun; default: one for each",
    )  # fmt: skip
    group.add_argument("--seed", metavar="N", type=int, default=1)
    group.add_argument("--device", choices=DEVICES, default="auto")
    group.add_argument("--threads", metavar="N", type=count, help="threads to use on a CPU")
    group.add_argument(
        "--work", metavar="DIR", type=Path,
        help="folder of the checkpoint, written every few minutes and at Ctrl+C; default: "
        "beside the bundle",
    )  # fmt: skip
    again = group.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_true", help="continue from the checkpoint, batch for batch"
    )
    again.add_argument(
        "--restart", action="store_true", help="start over, where an earlier run left a checkpoint"
    )
    group.add_argument("--log", metavar="DIR", type=Path, help="write TensorBoard's files here")
    group.add_argument(
        "--progress", choices=("bar", "json"), default="bar",
        help="json, for programs: a line of JSON on stdout for each step and result; the end of "
        "stdin then stops the training as Ctrl+C does",
    )  # fmt: skip


def add_anatomy(parser: Any) -> None:
    """Add where the label maps of real bodies are."""
    parser.add_argument(
        "--anatomy", metavar="DIR|none",
        help="label maps of real bodies; default: those that come with the project",
    )  # fmt: skip


def anatomy_from(arguments: argparse.Namespace) -> Path | None:
    """Return the folder of the label maps; None: geometric scenes alone.

    Raises:
        SAMMoEError: There is no such folder.
    """
    from ..training.anatomy.bodies import anatomy_path

    if arguments.anatomy is None:
        return anatomy_path()
    if arguments.anatomy == "none":
        return None
    folder = Path(arguments.anatomy)
    if not folder.is_dir():
        raise SAMMoEError(f"there is no folder {folder} of label maps; leave --anatomy out")
    return folder


def add_gate(parser: argparse.ArgumentParser) -> None:
    """Add where general samples come from and how the gate learns."""
    group = parser.add_argument_group("gate and general tasks")
    group.add_argument(
        "--general", metavar="DIR", type=Path,
        help="labelled scans of structures that are no expert's task; default: painted label maps",
    )  # fmt: skip
    add_labels(group, "general-")
    group.add_argument(
        "--scenes", metavar="N", type=count, default=40,
        help="geometric scenes beside the label maps of real bodies; default: 40",
    )  # fmt: skip
    add_anatomy(group)
    group.add_argument("--gate-steps", metavar="N", type=count, default=600)
    group.add_argument(
        "--gate-samples", metavar="N", type=count, default=200,
        help="prompts of each expert's task the gate learns from, and twice as many general ones",
    )  # fmt: skip
    group.add_argument(
        "--task", metavar="ID=DIR", type=named, action="append", default=[],
        help="labelled scans of another expert's task, where the bundle carries no bank of its "
        "prompts; repeat for more",
    )  # fmt: skip
    group.add_argument(
        "--task-label", metavar="ID=N|NAME", type=named, action="append", default=[],
        help="which labels of its scans are that task; repeat for more; default: every label",
    )  # fmt: skip
    group.add_argument(
        "--task-channel", metavar="ID=N", type=named, action="append", default=[],
        help="of that task's nnU-Net channels; default: 0",
    )  # fmt: skip
    group.add_argument("--cache", metavar="DIR", type=Path, help="where resampled scans are kept")


def add_measure(parser: argparse.ArgumentParser) -> None:
    """Add how much is measured before the bundle is changed."""
    group = parser.add_argument_group("no forgetting")
    group.add_argument(
        "--test-samples", metavar="N", type=count, default=40, help="objects measured; default: 40"
    )
    group.add_argument("--test-clicks", metavar="N", type=count, default=5)
    group.add_argument(
        "--force", action="store_true",
        help="change the bundle even if general tasks lose more than 0.01 Dice",
    )  # fmt: skip


def positive(text: str) -> float:
    """Return a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def named(text: str) -> tuple[str, str]:
    """Return ID=VALUE as an expert's id and what is said of it."""
    expert_id, _, value = text.partition("=")
    if not expert_id or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not ID=VALUE")
    return expert_id, value


def task_folders(arguments: argparse.Namespace) -> "dict[str, ScanFolder]":
    """Return the folders of `--task`, with their labels and channels.

    Raises:
        SAMMoEError: A label or channel of a task without a folder, or a channel that is no number.
    """
    from ..labelled_scans import ScanFolder

    folders = {expert_id: ScanFolder(Path(folder)) for expert_id, folder in arguments.task}
    for expert_id, _ in (*arguments.task_label, *arguments.task_channel):
        if expert_id not in folders:
            raise SAMMoEError(f"there is no --task {expert_id}=DIR these labels could be of")
    for expert_id, label in arguments.task_label:
        folder = folders[expert_id]
        folders[expert_id] = replace(folder, labels=(*folder.labels, label))
    for expert_id, channel in arguments.task_channel:
        if not channel.isdecimal():
            raise SAMMoEError(f"--task-channel {expert_id}={channel}: the channel is no number")
        folders[expert_id] = replace(folders[expert_id], channel=int(channel))
    return folders


def training_options(arguments: argparse.Namespace) -> "TrainingOptions":
    """Return the options of `add_schedule`."""
    from ..training.loop.schedule import TrainingOptions

    return TrainingOptions(
        steps=arguments.steps,
        learning_rate=arguments.rate,
        views=arguments.views or TrainingOptions.views,
        coarse_views=arguments.views or TrainingOptions.coarse_views,
        parts=arguments.parts,
        seed=arguments.seed,
    )


def general_data(arguments: argparse.Namespace) -> "GeneralData":
    """Return where general samples come from."""
    from ..labelled_scans import ScanFolder
    from ..training.samples.general_views import GeneralData

    folder = arguments.general and ScanFolder(
        arguments.general, tuple(arguments.general_label), arguments.general_channel
    )
    return GeneralData(
        folder,
        scenes=arguments.scenes,
        anatomy=anatomy_from(arguments),
        cache=arguments.cache,
    )


def gate_samples(arguments: argparse.Namespace) -> "GateSamples":
    """Return how many prompts the gate learns from."""
    from ..training.gate.prompts import GateSamples

    return GateSamples(arguments.gate_samples, 2 * arguments.gate_samples)


def gate_options(arguments: argparse.Namespace) -> "GateOptions":
    """Return how the gate learns."""
    from ..training.gate.fit import GateOptions

    return GateOptions(steps=arguments.gate_steps)


def measure_options(arguments: argparse.Namespace) -> "MeasureOptions":
    """Return how much is measured."""
    from ..training.stages.no_forgetting import MeasureOptions

    return MeasureOptions(
        samples=arguments.test_samples, clicks=arguments.test_clicks, force=arguments.force
    )


def check_extra(*packages: str) -> None:
    """Check that what the extra `train` brings is installed.

    Raises:
        SAMMoEError: A package is missing.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise SAMMoEError(f"{', '.join(missing)} is missing; install it: pip install sammoe[train]")


def set_threads(threads: int | None) -> None:
    """Let torch use so many threads on a CPU."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
