"""What the gate does at first prompts: where it sends them, and whether its scores are true."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from ..options import GENERAL
from .plan import MIXTURE
from .rows import Row

FEWEST_IN_A_BIN = 20
MOST_BINS = 10


@dataclass(frozen=True)
class Bin:
    """Prompts of similar scores.

    Attributes:
        score: Mean score of the top expert.
        right: Share of which it is the task.
        count: How many.
    """

    score: float
    right: float
    count: int


def first_prompts(rows: Sequence[Row]) -> list[Row]:
    """Return one row for every first prompt, with the gate's decision: the product's, if run."""
    found: dict[tuple[str, int, str], Row] = {}
    for row in sorted(rows, key=lambda row: row.trajectory != MIXTURE):
        if row.top:
            found.setdefault((row.case, row.user, row.series), row)
    return list(found.values())


def confusion(rows: Sequence[Row], ids: Sequence[str]) -> list[list[int]]:
    """Return counts: rows whose task it is, columns where the gate sends it; 'general' last."""
    names = [*ids, GENERAL]
    counts = [[0] * len(names) for _ in names]
    for row in first_prompts(rows):
        sent = row.top if row.routed() else GENERAL
        counts[names.index(row.expected or GENERAL)][names.index(sent)] += 1
    return counts


def reliability(rows: Sequence[Row], *, fewest: int = FEWEST_IN_A_BIN) -> list[Bin]:
    """Return first prompts in bins of equal size, by the top expert's score.

    Args:
        rows: Of all trajectories.
        fewest: A bin with fewer prompts would say nothing; with fewer in all there is one bin.
    """
    prompts = sorted(first_prompts(rows), key=lambda row: row.top_score)
    if not prompts:
        return []
    bins = max(1, min(MOST_BINS, len(prompts) // fewest))
    edges = [round(n * len(prompts) / bins) for n in range(bins + 1)]
    return [
        Bin(
            fmean(row.top_score for row in prompts[a:b]),
            fmean(row.top == row.expected for row in prompts[a:b]),
            b - a,
        )
        for a, b in pairwise(edges)
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance of score and share that is right, weighted by the prompts."""
    count = sum(found.count for found in bins)
    return sum(found.count * abs(found.score - found.right) for found in bins) / count
