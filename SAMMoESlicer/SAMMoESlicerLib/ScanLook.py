"""One scan as an expert and the general model see it by themselves, and how much they disagree."""

from collections.abc import Sequence

import numpy as np

from sammoe import PredictOptions, PromptSet, Result, Volume
from sammoe.options import GENERAL
from sammoe.prompts import FOREGROUND

from .ScanPlaces import MIDDLE, Share, pointsAt

Question = tuple[PromptSet, PredictOptions]


class ScanLook:
    """What to ask a worker about a scan, one question after the other.

    First a click at each place where the structure may lie: the one that the gate takes most for
    the expert's task is kept. Then both decoders' own masks of it.

    Args:
        volume: The scan.
        expert: The expert's id.
        places: Where the structure lay in other scans; without any the middle is tried.
    """

    def __init__(self, volume: Volume, expert: str, places: Sequence[Share]) -> None:
        self._expert = expert
        self._clicks = [
            PromptSet(point_ras[None], np.array([FOREGROUND]))
            for point_ras in pointsAt(places or [MIDDLE], volume)
        ]
        self._scores: list[float] = []
        self._masks: list[Result] = []

    @property
    def question(self) -> Question | None:
        """What to ask now; None where everything is known."""
        if len(self._clicks) > 1 and len(self._scores) < len(self._clicks):
            return self._clicks[len(self._scores)], PredictOptions()
        decoders = (GENERAL, self._expert)
        if len(self._masks) < len(decoders):
            best = int(np.argmax(self._scores)) if self._scores else 0
            return self._clicks[best], PredictOptions(decoder=decoders[len(self._masks)])
        return None

    def take(self, result: Result) -> None:
        """Take the answer to the question."""
        if len(self._clicks) > 1 and len(self._scores) < len(self._clicks):
            self._scores.append(result.scores.get(self._expert, 0.0))
        else:
            self._masks.append(result)

    @property
    def disagreement(self) -> float:
        """1 - Dice of the two masks; 0 where both are empty."""
        general, expert = (result.mask_kji for result in self._masks)
        size = int(general.sum()) + int(expert.sum())
        return 1.0 - 2.0 * int((general & expert).sum()) / size if size else 0.0
