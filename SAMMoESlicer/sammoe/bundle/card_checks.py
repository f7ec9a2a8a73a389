"""Checks the cards of a bundle share."""

from ..errors import CheckpointError


def check_choice(value: str, choices: tuple[str, ...], what: str) -> None:
    """Raise CheckpointError unless `value` is one of `choices`."""
    if value not in choices:
        raise CheckpointError(f"{value!r} is no {what}; it is one of {', '.join(choices)}")


def check_tau(tau: float | None, where: str) -> None:
    """Raise CheckpointError unless a threshold is None or from 0 to 1."""
    if tau is not None and not (is_number(tau) and 0 <= tau <= 1):
        raise CheckpointError(f"{where}: tau is 0 to 1, got {tau!r}")


def is_number(value: object) -> bool:
    """Say whether a JSON value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)
