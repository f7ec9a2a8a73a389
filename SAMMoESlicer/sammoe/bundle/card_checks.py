"""Checks the cards of a bundle share."""

from typing import Any

from ..errors import CheckpointError

MAX_SIZE, MAX_DEPTH = 4096, 128
"""Channels or voxels, and layers; more would only exhaust memory and patience."""


def check_choice(value: str, choices: tuple[str, ...], what: str) -> None:
    """Raise CheckpointError unless `value` is one of `choices`."""
    if value not in choices:
        raise CheckpointError(f"{value!r} is no {what}; it is one of {', '.join(choices)}")


def check_tau(tau: Any, where: str, name: str = "tau") -> None:
    """Raise CheckpointError unless a threshold is from 0 to 1."""
    if not (is_number(tau) and 0 <= tau <= 1):
        raise CheckpointError(f"{where}: {name} is 0 to 1, got {tau!r}")


def check_sizes(value: Any, where: str = "") -> None:
    """Raise CheckpointError unless nested sizes are whole numbers, none far from any model's."""
    most = MAX_DEPTH if where.endswith("depth") else MAX_SIZE
    if not isinstance(value, list | tuple | dict):
        if not isinstance(value, int) or isinstance(value, bool):
            raise CheckpointError(f"{where}: a size is a whole number, got {str(value)[:40]!r}")
        if not 0 <= value <= most:
            raise CheckpointError(f"{where}: no model has a size of {str(value)[:40]}")
    if isinstance(value, list | tuple) and len(value) > MAX_DEPTH:
        raise CheckpointError(f"{where}: no model has {len(value)} layers")
    inner = value.items() if isinstance(value, dict) else ()
    for name, item in inner:
        check_sizes(item, f"{where}.{name}".lstrip("."))
    if isinstance(value, list | tuple):
        for item in value:
            check_sizes(item, where)


def is_number(value: object) -> bool:
    """Say whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
