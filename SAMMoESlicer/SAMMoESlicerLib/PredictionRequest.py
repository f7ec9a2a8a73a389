"""A prediction that was asked for."""

from dataclasses import dataclass

from sammoe import PredictOptions, Volume

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
