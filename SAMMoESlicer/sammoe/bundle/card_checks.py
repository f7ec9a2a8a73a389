"""Checks the cards of a bundle share."""

from typing import Any

from ..errors import CheckpointError

MAX_SIZE = 1 << 16
"""Channels, layers or voxels; more would only exhaust the memory."""


def check_choice(value: str, choices: tuple[str, ...], what: str) -> None:
    """Raise CheckpointError unless `value` is one of `choices`."""
    if value not in choices:
        raise CheckpointError(f"{value!r} is no {what}; it is one of {', '.join(choices)}")


def check_tau(tau: Any, where: str, name: str = "tau") -> None:
    """Raise CheckpointError unless a threshold is from 0 to 1."""
    if not (is_number(tau) and 0 <= tau <= 1):
        raise CheckpointError(f"{where}: {name} is 0 to 1, got {tau!r}")


def check_sizes(value: Any, where: str = "") -> None:
    """Raise CheckpointError if a number in nested sizes is far from any model's."""
    if is_number(value) and not 0 <= value <= MAX_SIZE:
        raise CheckpointError(f"{where}: no model has a size of {value!r}")
    if isinstance(value, dict):
        for name, inner in value.items():
            check_sizes(inner, f"{where}.{name}".lstrip("."))
    elif isinstance(value, list | tuple):
        for inner in value:
            check_sizes(inner, where)


def is_number(value: object) -> bool:
    """Say whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
