"""Weights into modules: safe reading of `.pth` files, and a clear word when they do not fit."""

import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..errors import CheckpointError
from .backbone import Backbone
from .sam_med3d import build_sam_med3d, sizes_from_state_dict
from .sam_moe import SamMoE

State = Mapping[str, Tensor]
DECODER_PREFIX = "mask_decoder."
_WRAPPERS = ("model_state_dict", "state_dict")
_DAMAGED = (
    *(OSError, EOFError, RuntimeError, ValueError, LookupError),
    *(TypeError, AttributeError, AssertionError),
)
"""What torch raises on damaged files, besides `UnpicklingError`."""


def load_sam_med3d(path: str | os.PathLike[str]) -> SamMoE:
    """Return the model of a published SAM-Med3D checkpoint, without experts, in evaluation mode.

    Args:
        path: A `.pth` file: a bare state dict, or one under `model_state_dict`; of any size.

    Raises:
        CheckpointError: Not a file of tensors, or not SAM-Med3D's.
    """
    state = read_state_dict(path)
    sizes = sizes_from_state_dict(state)
    with without_initialisation():
        backbone, general = build_sam_med3d(**sizes)
        load_general_weights(backbone, general, state, what=Path(path).name)
        return SamMoE(backbone, general=general).eval()


def read_state_dict(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read the tensors of a `.pth` file without ever running code from it.

    Args:
        path: A file torch wrote: a bare state dict, or one under `model_state_dict`.

    Returns:
        The tensors by name, on the CPU, in memory of their own: others may change the file.

    Raises:
        CheckpointError: Missing, unreadable, with pickled code, or without a state dict.
    """
    file = Path(path)
    if not file.is_file():
        raise CheckpointError(f"{file} does not exist; download the checkpoint first")
    values = _load_tensors_only(file)
    for wrapper in _WRAPPERS:
        if isinstance(values, Mapping) and isinstance(values.get(wrapper), Mapping):
            values = values[wrapper]
            break
    if not isinstance(values, Mapping) or not values:
        raise CheckpointError(f"{file.name} holds no state dict; export the model's weights")
    state = {str(name).removeprefix("module."): value for name, value in values.items()}
    if not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"{file.name} holds more than tensors; export the model's weights")
    return state


def load_weights(module: nn.Module, state: State, *, what: str) -> None:
    """Put a state dict into a module as float32, every name, shape and kind being as expected.

    The tensors are taken over, not copied, where they are float32 already.

    Raises:
        CheckpointError: Names or shapes differ, or whole numbers stand for weights; `what` says
            whose they are.
    """
    check_shapes({name: value.shape for name, value in state.items()}, module, what=what)
    for name, value in module.state_dict().items():
        if value.is_floating_point() and not state[name].is_floating_point():
            raise CheckpointError(
                f"{what}: {name} holds {state[name].dtype}, floating point is needed; export the "
                "weights as float32 or float16"
            )
    widened = {n: t.float() if t.is_floating_point() else t for n, t in state.items()}
    module.load_state_dict(widened, assign=True)


def check_shapes(shapes: Mapping[str, Sequence[int]], module: nn.Module, *, what: str) -> None:
    """Make sure that weights of these names and shapes are a module's.

    Raises:
        CheckpointError: Names or shapes differ; `what` says whose weights they are.
    """
    expected = {name: value.shape for name, value in module.state_dict().items()}
    if missing := sorted(expected.keys() - shapes.keys()):
        raise CheckpointError(f"{what}: {len(missing)} weights are missing, such as {missing[0]}")
    if unknown := sorted(shapes.keys() - expected.keys()):
        raise CheckpointError(f"{what}: {len(unknown)} unknown weights, such as {unknown[0]}")
    for name, shape in expected.items():
        if tuple(shapes[name]) != tuple(shape):
            raise CheckpointError(
                f"{what}: {name} has shape {tuple(shapes[name])}, {tuple(shape)} is needed; "
                "the sizes in the card and the weights are not of the same model"
            )


def load_general_weights(
    backbone: Backbone, decoder: nn.Module, state: State, *, what: str
) -> None:
    """Put both encoders' and the general decoder's weights (`mask_decoder.*`) in their places.

    Raises:
        CheckpointError: Names or shapes differ.
    """
    decoder_state = {
        name.removeprefix(DECODER_PREFIX): value
        for name, value in state.items()
        if name.startswith(DECODER_PREFIX)
    }
    rest = {name: v for name, v in state.items() if not name.startswith(DECODER_PREFIX)}
    load_weights(cast(nn.Module, backbone), rest, what=what)
    load_weights(decoder, decoder_state, what=f"{what}: mask_decoder")


@contextmanager
def without_initialisation() -> Iterator[None]:
    """Build modules without drawing random weights: for modules whose weights are loaded next."""
    with _SkipRandomFills():
        yield


class _SkipRandomFills(TorchFunctionMode):
    """Return the tensor untouched from the functions with which modules draw their weights."""

    NAMES = frozenset(
        f"{kind}_"
        for kind in (
            *("uniform", "normal", "trunc_normal", "orthogonal"),
            *("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"),
        )
    )

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in self.NAMES:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def _load_tensors_only(file: Path) -> Any:
    """Load with `weights_only=True`; what is no checkpoint is named for what it is."""
    try:
        return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{file.name} holds something other than tensors, or is no checkpoint; pickled code "
            "is never run here: ask for a file with weights only"
        ) from error
    except _DAMAGED as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise CheckpointError(
            f"{file.name} cannot be read ({reason}); download it again"
        ) from error
