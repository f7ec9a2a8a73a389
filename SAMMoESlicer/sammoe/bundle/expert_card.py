"""The card of one expert in a bundle."""

import re
from dataclasses import dataclass, field
from typing import Any

from ..errors import CheckpointError
from ..windows_names import is_device
from .card_checks import check_tau, is_number

LEAST_TAU = 0.5
_EXPERT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_RESERVED = ("general", "auto", "none")
"""What the options mean something else by."""


@dataclass(frozen=True)
class ExpertCard:
    """One expert decoder: what it segments, how it is shown, how good it was.

    Attributes:
        id: Name in file names, gate columns and options: lower case, digits, `-` and `_`.
        name: Name on the panel.
        description: One or two sentences for the panel's tool tip.
        terminology: None, or DICOM codes: {"category": {"scheme", "value", "meaning"}, "type": _}.
        color: Red, green, blue, each 0..1.
        trained_on: What data it was fine-tuned on.
        dice: Measured Dice by name of the measurement, e.g. {"5 clicks": 0.63}.
        tau: Calibrated gate threshold, 0..1; None: the bundle's.
        least_tau: No training of the gate sets a lower threshold, 0..1.
    """

    id: str
    name: str
    description: str = ""
    terminology: dict[str, Any] | None = None
    color: tuple[float, float, float] = (0.9, 0.6, 0.2)
    trained_on: str = ""
    dice: dict[str, float] = field(default_factory=dict)
    tau: float | None = None
    least_tau: float = LEAST_TAU

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _EXPERT_ID.fullmatch(self.id):
            raise CheckpointError(
                f"{self.id!r} is not an expert id; use lower case letters, digits, '-' and '_'"
            )
        if is_reserved(self.id):
            raise CheckpointError(f"{self.id!r} is reserved; give the expert another id")
        color = tuple(self.color)
        if len(color) != 3 or not all(is_number(c) and 0 <= c <= 1 for c in color):
            raise CheckpointError(f"expert {self.id}: color is three numbers from 0 to 1")
        object.__setattr__(self, "color", color)
        if self.tau is not None:
            check_tau(self.tau, f"expert {self.id}")
        check_tau(self.least_tau, f"expert {self.id}", "least_tau")


def is_reserved(expert_id: str) -> bool:
    """Say whether a word means something else where an expert's id stands, or is no file's name."""
    return expert_id in _RESERVED or is_device(expert_id)
