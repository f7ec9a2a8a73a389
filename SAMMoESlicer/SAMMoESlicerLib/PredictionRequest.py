"""A prediction that was asked for."""

from dataclasses import dataclass

from sammoe import PredictOptions, Result, Volume

from .Bridge import PromptState
from .PromptedSegment import PromptedSegment


@dataclass(frozen=True, eq=False)
class PredictionRequest:
    """A prediction under way, with everything its answer will be written and recorded with."""

    id: int
    target: PromptedSegment
    prompts: PromptState
    options: PredictOptions
    volume: Volume
    sent_s: float

    def isAnsweredBy(self, result: Result) -> bool:
        """Say whether a result lies on the grid of this request's volume."""
        return tuple(result.shape_kji) == self.volume.array_kji.shape
