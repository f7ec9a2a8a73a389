"""What a front end lists of an expert, made of its card in the bundle."""

from dataclasses import dataclass
from typing import Any

from sammoe.bundle import BundleCard, ExpertCard

from .HexColor import hexColor


@dataclass(frozen=True)
class ExpertSummary:
    """What the panel lists of an expert.

    Attributes:
        id: The expert's, or 'general'.
        name: On the panel.
        tip: Its description, training data and measured quality.
        color: `#rrggbb`.
        tau: Calibrated threshold, or None.
        terminology: DICOM codes as a bundle's card has them, or None.
    """

    id: str
    name: str
    tip: str
    color: str
    tau: float | None = None
    terminology: dict[str, Any] | None = None

    @classmethod
    def fromCard(cls, bundle: BundleCard, expert: ExpertCard) -> "ExpertSummary":
        """Make one of an expert's card in a bundle."""
        dice = ", ".join(f"{name}: {value:.2f}" for name, value in expert.dice.items())
        parts = [expert.description]
        parts += [f"Trained on: {expert.trained_on}"] if expert.trained_on else []
        parts += [f"Dice {dice}"] if dice else []
        return cls(
            id=expert.id,
            name=expert.name,
            tip="\n".join(part for part in parts if part),
            color=hexColor(expert.color),
            tau=bundle.tau_of(expert.id),
            terminology=expert.terminology,
        )
