"""Read one file of weights: what was verified is what is used, and nothing stays mapped."""

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load
from torch import Tensor

from ..errors import CheckpointError


def read_weights(path: Path, digest: str) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file by name, in memory of their own.

    Args:
        path: The file.
        digest: sha256 in hexadecimal of what it must hold.

    Raises:
        CheckpointError: It cannot be read, has changed, is damaged, or holds NaN or infinity.
    """
    try:
        contents = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    if hashlib.sha256(contents).hexdigest() != digest:
        raise CheckpointError(f"{path} was changed a moment ago; load the bundle again")
    try:
        state: dict[str, Tensor] = load(contents)
    except (SafetensorError, ValueError, KeyError, RuntimeError, MemoryError) as error:
        raise CheckpointError(
            f"{path} is no readable safetensors file ({error}); install the bundle again"
        ) from error
    for name, values in state.items():
        if values.is_floating_point() and not torch.isfinite(values).all():
            raise CheckpointError(
                f"{path}: {name} holds NaN or infinity; the file is damaged or its training went "
                "wrong: install another version of the bundle"
            )
    return state


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tensors in a safetensors file by name; only its header is read.

    Raises:
        CheckpointError: It is none.
    """
    try:
        with safe_open(path, "pt") as file:
            names = file.keys()
            return {name: tuple(file.get_slice(name).get_shape()) for name in names}
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} is no readable safetensors file ({error}); install the bundle again"
        ) from error
