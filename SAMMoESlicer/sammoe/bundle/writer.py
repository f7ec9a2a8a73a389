"""Write a bundle so that a reader sees the old one or the new one, never half of it."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from ..errors import CheckpointError
from .card import CARD_FILE, GATE_BANK_FILE, GATE_FILE, GENERAL_FILE, BundleCard, expert_file
from .reader import Bundle, read_bundle, sha256_of

State = Mapping[str, Tensor]


def write_bundle(
    path: str | os.PathLike[str],
    card: BundleCard,
    *,
    general: State,
    experts: Mapping[str, State] | None = None,
    gate: State | None = None,
    gate_bank: State | None = None,
    half: bool = True,
) -> Bundle:
    """Write a bundle's folder, replacing an earlier one there, and read it back.

    Args:
        path: The bundle's folder.
        card: What to write in `bundle.json`; its `files` are filled here.
        general: Weights of both encoders and of the general decoder.
        experts: Weights of each expert's decoder, by the ids of the card.
        gate: Weights of the gate, its columns in the card's order, then `general`.
        gate_bank: Samples for retraining the gate.
        half: Store floating point tensors as float16 where that loses no magnitude.

    Raises:
        CheckpointError: Experts and card differ, a weight is not finite, or `path` is a folder
            with something else in it.
    """
    target = Path(path)
    experts = experts or {}
    if set(experts) != set(card.expert_ids):
        raise CheckpointError(
            f"the card names experts {sorted(card.expert_ids)}, weights came for {sorted(experts)}"
        )
    if target.exists() and not (target / CARD_FILE).is_file() and any(target.iterdir()):
        raise CheckpointError(f"{target} exists and is not a bundle; choose another folder")
    states: dict[str, State] = {GENERAL_FILE: general}
    states |= {expert_file(expert_id): experts[expert_id] for expert_id in card.expert_ids}
    states |= {name: s for name, s in ((GATE_FILE, gate), (GATE_BANK_FILE, gate_bank)) if s}

    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        files = {name: _write_state(staging / name, s, half) for name, s in states.items()}
        (staging / CARD_FILE).write_text(card.with_files(files).to_json(), encoding="utf-8")
        read_bundle(staging)
        staging.chmod(0o755)
        _replace_folder(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return read_bundle(target)


def _write_state(path: Path, state: State, half: bool) -> str:
    """Write one weights file and return its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: _stored(name, tensor, half) for name, tensor in state.items()}, path)
    return sha256_of(path)


def _stored(name: str, tensor: Tensor, half: bool) -> Tensor:
    values = tensor.detach().to("cpu", copy=True).contiguous()
    if not values.is_floating_point():
        return values
    if not torch.isfinite(values).all():
        raise CheckpointError(f"{name} holds NaN or infinity; the training went wrong")
    fits_half = bool((values.abs() <= torch.finfo(torch.float16).max).all())
    return values.half() if half and fits_half else values


def _replace_folder(staging: Path, target: Path) -> None:
    """Move `staging` to `target`; an earlier `target` comes back if that fails."""
    if not target.exists():
        staging.rename(target)
        return
    earlier = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent)) / "bundle"
    target.rename(earlier)
    try:
        staging.rename(target)
    except OSError:
        earlier.rename(target)
        raise
    finally:
        shutil.rmtree(earlier.parent, ignore_errors=True)
