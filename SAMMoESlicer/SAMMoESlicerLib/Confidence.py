"""What the gate said of one segment, as the panel shows it."""

from dataclasses import dataclass, field

from sammoe import Result
from sammoe.options import AUTO, GENERAL, PredictOptions

from .Bridge import Provenance
from .ExpertSummary import ExpertSummary


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
