"""What every training command does around its stages: processes, signals, checkpoint, console."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CheckpointError, SAMMoEError
from ..path_lock import path_lock
from ..whole_file import PART_PREFIX
from .console import TrainingConsole
from .json_console import JsonConsole, stop_at_end_of_stdin
from .training_arguments import set_threads

if TYPE_CHECKING:
    from ..bundle import Bundle
    from ..labelled_scans import LeftOut
    from ..training.loop.workshop import Workshop

STOPPED = 130


def run_job(
    arguments: argparse.Namespace,
    job: "Callable[[Workshop], Bundle | None]",
    *,
    name: str,
    beside: Path,
) -> "Bundle | None":
    """Do a job on a bundle; Ctrl+C leaves the checkpoint of its training.

    Args:
        arguments: With `--device`, `--threads`, `--work`, `--log`, `--progress`, `--resume` and
            `--restart`.
        job: Trains, measures and writes; the checkpoint is removed after it.
        name: Of the checkpoint.
        beside: What is made; its checkpoint lies beside it, or in `--work`.

    Returns:
        What the job wrote; None in all processes but the first.

    Raises:
        SystemExit: 130 when it was stopped.
        SAMMoEError: What is wrong with bundle, data, options or checkpoint.
    """
    with (
        workshop_from(
            arguments,
            _place(arguments, beside),
            resumes=arguments.resume,
            log=arguments.log,
            as_json=arguments.progress == "json",
        ) as workshop,
        _alone_at(workshop.path(name), workshop),
    ):
        _check_checkpoint(workshop, name, arguments)
        try:
            bundle = job(workshop)
        finally:
            say_scans(workshop)
        if bundle is not None:
            workshop.forget_checkpoints()
        return bundle


@contextmanager
def workshop_from(
    arguments: argparse.Namespace,
    place: tuple[Path, str],
    *,
    resumes: bool,
    keeps: bool = False,
    log: Path | None = None,
    as_json: bool = False,
) -> "Iterator[Workshop]":
    """Give a workshop on the wanted device, shared with what `torchrun` started.

    Args:
        arguments: With `--device` and `--threads`, perhaps with `--minutes` and `--painters`.
        place: Its folder, and what begins the names of its files.
        resumes: Checkpoints that are there are gone on from.
        keeps: Stages leave their results there.
        log: Folder for TensorBoard.
        as_json: A program listens: lines of JSON on stdout, and the end of stdin stops.

    Raises:
        SystemExit: 130 when it was stopped.
    """
    from ..training.loop.processes import joined_processes, training_device
    from ..training.loop.stopping import StopOnSignal
    from ..training.loop.workshop import StoppedError, Workshop
    from ..training.reporter import Silent

    set_threads(arguments.threads)
    device = training_device(arguments.device)
    folder, prefix = place
    minutes = getattr(arguments, "minutes", None)
    with joined_processes(device) as processes, StopOnSignal(minutes=minutes) as stopped:
        log = log if processes.is_first else None
        console = JsonConsole(log=log) if as_json else TrainingConsole(log=log)
        if as_json:
            stop_at_end_of_stdin()
        reporter: Any = console if processes.is_first else Silent()
        try:
            yield Workshop(
                folder, prefix, device, processes, reporter, stopped=stopped, resumes=resumes,
                keeps=keeps, painters=getattr(arguments, "painters", 0),
            )  # fmt: skip
        except StoppedError as stop:
            can_resume = keeps or hasattr(arguments, "resume")
            what_now = _how_to_go_on(keeps, folder) if can_resume else "nothing was changed"
            reporter.say(f"{stop}; {what_now}")
            raise SystemExit(STOPPED) from None
        finally:
            console.close()


def say_scans(workshop: "Workshop") -> None:
    """Say how many scans were used, and name those that were not; nothing where there are none."""
    left_out: LeftOut = workshop.left_out
    if left_out.used or len(left_out):
        for line in left_out.lines(left_out.used):
            workshop.say(line)


@contextmanager
def _alone_at(checkpoint: Path, workshop: "Workshop") -> Iterator[None]:
    """Keep other trainings from a checkpoint for the time of the block.

    Raises:
        SAMMoEError: One is writing there.
    """
    with ExitStack() as held:
        if workshop.processes.is_first:
            lock = checkpoint.with_name(f"{PART_PREFIX}{checkpoint.name}.lock")
            try:
                lock.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(path_lock(lock, wait=False))
            except BlockingIOError as error:
                raise SAMMoEError(
                    f"another training goes on at {checkpoint}; wait for it, or name another folder"
                ) from error
            except OSError:
                pass  # whether the checkpoint can be written is seen later
        yield


def _how_to_go_on(keeps: bool, folder: Path) -> str:
    words = "the same command" if keeps else "the same command with --resume"
    return f"{words} goes on from {folder}"


def _place(arguments: argparse.Namespace, beside: Path) -> tuple[Path, str]:
    """Return where checkpoints lie: in `--work`, or beside what is made, named after it."""
    if arguments.work is not None:
        return arguments.work, ""
    made = beside.absolute()
    return made.parent, f"{made.name}-"


def _check_checkpoint(workshop: "Workshop", name: str, arguments: argparse.Namespace) -> None:
    """Check that there is one to resume, and that no earlier run's would be written over.

    Raises:
        SAMMoEError: There is one, and the user did not say what to do with it.
        CheckpointError: There is none to resume.
    """
    begun = workshop.begun(name)
    if arguments.resume and begun is None:
        raise CheckpointError(f"there is no checkpoint {workshop.path(name)} to resume")
    if begun is not None and not arguments.resume and not arguments.restart:
        raise SAMMoEError(
            f"an earlier run left {begun}; go on from it with --resume, or start over with "
            "--restart"
        )
