"""What every training command does around its stages: processes, signals, checkpoint, console."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import SAMMoEError
from .console import TrainingConsole
from .training_arguments import set_threads

if TYPE_CHECKING:
    from ..labelled_scans import LeftOut
    from ..training.loop.trainer import Trainer

STOPPED = 130


class Training(Protocol):
    """The stages of a training."""

    trainer: "Trainer"
    left_out: "LeftOut"

    def train(self, checkpoint: Path | None, *, stopped: Callable[[], bool]) -> bool:
        """Train; returns whether the schedule was finished."""


Make = Callable[..., Any]
"""Takes `device`, `processes` and `reporter`, and returns a `Training`."""


def run_training(
    arguments: argparse.Namespace,
    make: Make,
    checkpoint: Path,
    finish: Callable[[Any, TrainingConsole], None],
) -> None:
    """Train to the end and finish in the first process; Ctrl+C leaves the checkpoint.

    Args:
        arguments: With `--device`, `--threads`, `--log`, `--resume` and `--restart`.
        make: Makes the training.
        checkpoint: Where it is kept.
        finish: Measures and writes; the checkpoint is removed after it.

    Raises:
        SystemExit: 130 when it was stopped.
        SAMMoEError: What is wrong with bundle, data, options or checkpoint.
    """
    from ..training.loop.processes import joined_processes, training_device
    from ..training.loop.reporter import Silent
    from ..training.loop.stopping import StopOnSignal

    set_threads(arguments.threads)
    _check_unused(checkpoint, arguments)
    device = training_device(arguments.device)
    with joined_processes(device) as processes, StopOnSignal() as stopped:
        console = TrainingConsole(log=arguments.log if processes.is_first else None)
        reporter: Any = console if processes.is_first else Silent()
        training: Training = make(device=device, processes=processes, reporter=reporter)
        if arguments.resume:
            training.trainer.resume(checkpoint)
            reporter.say(f"resumed at step {training.trainer.step}")
        done = training.train(checkpoint, stopped=stopped)
    if not processes.is_first:
        return
    try:
        if not done:
            console.say(
                f"stopped at step {training.trainer.step}; the same command with --resume goes on "
                f"from {checkpoint}"
            )
            raise SystemExit(STOPPED)
        try:
            finish(training, console)
        finally:
            say_scans(training.left_out, console)
    finally:
        console.close()
    checkpoint.unlink(missing_ok=True)


def say_scans(left_out: "LeftOut", console: TrainingConsole) -> None:
    """Say how many scans were used, and name those that were not; nothing where there are none."""
    if left_out.used or len(left_out):
        for line in left_out.lines(left_out.used):
            console.say(line)


def _check_unused(checkpoint: Path, arguments: argparse.Namespace) -> None:
    """Check that no earlier run's checkpoint would be written over.

    Raises:
        SAMMoEError: There is one, and the user did not say what to do with it.
    """
    if checkpoint.exists() and not arguments.resume and not arguments.restart:
        raise SAMMoEError(
            f"an earlier run left {checkpoint}; go on from it with --resume, or start over with "
            "--restart"
        )
