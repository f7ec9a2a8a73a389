"""The file that a training goes on from: written whole, read only where it is of this training."""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from ...errors import CheckpointError
from ...whole_file import written_whole

_UNREADABLE = (
    *(OSError, EOFError, RuntimeError, ValueError, LookupError, UnpicklingError),
    *(TypeError, AttributeError, AssertionError),
)
"""What torch raises on files that are damaged or something else."""


def write_checkpoint(checkpoint: Path, state: dict[str, Any]) -> None:
    """Write a training's state; whoever is interrupted leaves the file that was there."""
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(checkpoint) as stream:
        torch.save(state, stream)


def read_checkpoint(
    checkpoint: Path,
    *,
    device: torch.device,
    fits: str,
    trained: Mapping[str, Tensor],
    optimizer: torch.optim.Optimizer,
) -> dict[str, Any]:
    """Return a training's state; all of it is there.

    Args:
        checkpoint: The file.
        device: Where its tensors are wanted.
        fits: What it has to have been written with: bundle, task, data, options.
        trained: What is trained, to compare shapes with.
        optimizer: Likewise.

    Raises:
        CheckpointError: Unreadable, damaged, or of another training.
    """
    try:
        state: Any = torch.load(checkpoint, map_location=device, weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(f"there is no checkpoint {checkpoint} to resume") from error
    except _UNREADABLE as error:
        raise CheckpointError(
            f"{checkpoint} cannot be read ({_first_line(error)}); start without --resume"
        ) from error
    if not isinstance(state, dict) or state.get("fits") != fits:
        raise CheckpointError(
            f"{checkpoint} belongs to another training (other bundle, data, options or version "
            "of SAMMoESlicer); resume with the same command, or start without --resume"
        )
    if not _is_whole(state, trained, optimizer):
        raise CheckpointError(f"{checkpoint} is damaged; start without --resume")
    return state


def _is_whole(
    state: dict[str, Any], trained: Mapping[str, Tensor], optimizer: torch.optim.Optimizer
) -> bool:
    """Say whether a checkpoint of this training holds everything, before any of it is used."""
    shapes = {name: value.shape for name, value in trained.items()}
    for part in ("trained", "average"):
        values = state.get(part)
        if not isinstance(values, dict) or shapes != {
            name: getattr(value, "shape", None) for name, value in values.items()
        }:
            return False
    groups = optimizer.state_dict()["param_groups"]
    kept = state.get("optimizer")
    return (
        isinstance(kept, dict)
        and kept.keys() == {"state", "param_groups"}
        and [len(group["params"]) for group in kept["param_groups"]]
        == [len(group["params"]) for group in groups]
        and all(isinstance(state.get(name), int) for name in ("step", "skipped"))
        and isinstance(state.get("seen", {}), dict)
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
