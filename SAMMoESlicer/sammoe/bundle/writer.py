"""Write a bundle so that a reader sees the old one or the new one, never half of it."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from ..errors import CheckpointError
from ..whole_file import written_whole
from ..whole_folder import check_can_be_moved, new_folder, put_in_place
from .card import (
    CARD_FILE,
    GATE_BANK_FILE,
    GATE_FILE,
    GENERAL_FILE,
    SECOND_DECODER_FILE,
    BundleCard,
    expert_file,
)
from .place import Place
from .reader import Bundle, read_bundle

State = Mapping[str, Tensor]


def write_bundle(
    path: str | os.PathLike[str],
    card: BundleCard,
    *,
    general: State,
    second_decoder: State | None = None,
    experts: Mapping[str, State] | None = None,
    gate: State | None = None,
    gate_bank: State | None = None,
    half: bool = True,
    replaces: Place | None = None,
) -> Bundle:
    """Write a bundle's folder, replacing an earlier one there, and read it back.

    Files of an earlier bundle's folder that are no part of that bundle are carried over.

    Args:
        path: The bundle's folder.
        card: What to write in `bundle.json`; its `files` are filled here.
        general: Weights of both encoders and of the general decoder.
        second_decoder: Differences of a second general decoder to the first, see `difference`;
            None: there is none.
        experts: Weights of each expert's decoder, by the ids of the card.
        gate: Weights of the gate, its columns in the card's order, then `general`.
        gate_bank: Samples for retraining the gate.
        half: Store floating point tensors as float16 where that loses no magnitude.
        replaces: The place of the bundle that this one was made of, or as `check_can_write` found
            it; None: whatever is there.

    Raises:
        CheckpointError: Experts and card differ, a weight is not finite, `path` is a folder with
            something else in it, another than `replaces`, or cannot be written; what was there is
            unchanged.
    """
    target = Path(path).resolve()
    experts = experts or {}
    if set(experts) != set(card.expert_ids):
        raise CheckpointError(
            f"the card names experts {sorted(card.expert_ids)}, weights came for {sorted(experts)}"
        )
    _check_no_other(target)
    states: dict[str, State] = {GENERAL_FILE: general}
    states |= {expert_file(expert_id): experts[expert_id] for expert_id in card.expert_ids}
    others = {SECOND_DECODER_FILE: second_decoder, GATE_FILE: gate, GATE_BANK_FILE: gate_bank}
    states |= {name: state for name, state in others.items() if state}

    with _staging(target) as staging:
        files = {name: _write_state(staging / name, s, half) for name, s in states.items()}
        with written_whole(staging / CARD_FILE) as stream:
            stream.write(card.with_files(files).to_json().encode())
        read_bundle(staging)
        _carry_over(target, staging)
        if replaces is not None:  # the folder's lock is held: it stays what it is until the swap
            replaces.check_unchanged()
        put_in_place(staging, target)
    return read_bundle(target)


def check_can_write(path: str | os.PathLike[str], *, replace_it: bool) -> Place:
    """Check, before hours of work, that a bundle can be written.

    Args:
        path: The bundle's folder.
        replace_it: A bundle that is there may be replaced.

    Returns:
        What is there now, and may be replaced after those hours; nothing else may.

    Raises:
        CheckpointError: It cannot, or would replace something.
    """
    target = Path(path).resolve()
    _check_no_other(target)
    if (target / CARD_FILE).exists() and not replace_it:
        raise CheckpointError(f"{target} is a bundle already; choose another folder, or --replace")
    with _staging(target):
        check_can_be_moved(target)
        return Place.now(target)


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """Give a folder beside `target` for the time of the block, which nobody else writes then.

    Raises:
        CheckpointError: Something cannot be written.
    """
    try:
        with new_folder(target) as staging:
            yield staging
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{target} cannot be written ({error}); make room, or choose a folder beside which you "
            "may write"
        ) from error


def _check_no_other(target: Path) -> None:
    if target.is_dir():
        other = not (target / CARD_FILE).is_file() and any(target.iterdir())
    else:
        other = target.exists()
    if other:
        raise CheckpointError(f"{target} exists and is not a bundle; choose another folder")


def _write_state(path: Path, state: State, half: bool) -> str:
    """Write one weights file and return its sha256."""
    contents = save({name: _stored(name, tensor, half) for name, tensor in state.items()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as stream:
        stream.write(contents)
    return hashlib.sha256(contents).hexdigest()


def _stored(name: str, tensor: Tensor, half: bool) -> Tensor:
    values = tensor.detach().to("cpu", copy=True).contiguous()
    if not values.is_floating_point():
        return values
    if not torch.isfinite(values).all():
        raise CheckpointError(f"{name} holds NaN or infinity; the training went wrong")
    fits_half = bool((values.abs() <= torch.finfo(torch.float16).max).all())
    return values.half() if half and fits_half else values


def _carry_over(target: Path, staging: Path) -> None:
    """Copy what is in a bundle's folder and no part of the bundle, such as the user's notes."""
    if not target.is_dir():
        return
    try:
        weights = set(BundleCard.from_json((target / CARD_FILE).read_bytes()).files)
    except (OSError, CheckpointError):
        weights = set()

    for path in target.rglob("*"):
        name = path.relative_to(target)
        copy, is_part = staging / name, name.as_posix() in {*weights, CARD_FILE}
        if not is_part and not copy.exists() and (path.is_symlink() or not path.is_dir()):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy, follow_symlinks=False)
