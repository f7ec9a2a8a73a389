"""What the gate said of one segment, as the panel shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sammoe import Result
from sammoe.bundle import BundleCard, ExpertCard
from sammoe.options import AUTO, GENERAL, PredictOptions

from .Bridge import Provenance


@dataclass(frozen=True)
class ExpertSummary:
    """How an expert appears.

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


@dataclass(frozen=True)
class Confidence:
    """Scores and decision; empty where nothing was predicted yet.

    Attributes:
        scores: Per expert id and 'general', 0 to 1.
        used: Id of the decoder whose mask was fused in; 'general' for the general model alone.
        tau: The threshold that decided, or None.
    """

    scores: dict[str, float] = field(default_factory=dict)
    used: str | None = None
    tau: float | None = None

    @classmethod
    def ofResult(cls, result: Result) -> "Confidence":
        """Return what a prediction says."""
        return cls(dict(result.scores), result.expert or GENERAL, result.tau)

    @classmethod
    def ofRecord(cls, record: Provenance | None) -> "Confidence":
        """Return what a segment's record says, e.g. in a loaded scene."""
        if record is None or not record.scores:
            return cls()
        return cls(dict(record.scores), record.expert or GENERAL, record.tau)

    def threshold(self, expert: ExpertSummary, options: PredictOptions) -> float | None:
        """Return where an expert's mark stands; None where the user pinned one."""
        if options.expert != AUTO or expert.id == GENERAL:
            return None
        return expert.tau if options.tau is None else options.tau


def hexColor(color: Sequence[float]) -> str:
    """Return red, green, blue (0 to 1) as `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*(round(255 * part) for part in color))
