"""The steps of a presentation: clicks with a reference, and the click that mends a wrong mask."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sammoe import Result
from sammoe.geometry import Matrix, transform_points

from .Bridge import PromptRole
from .FullestSlice import middleOfFullestSlice
from .PresentationStep import Place, PresentationStep

Truth = Callable[[], NDArray[np.bool_]]
"""Returns the reference, (k, j, i)."""


def clickStep(
    name: str,
    point_ras: tuple[float, float, float],
    truth: Truth | None = None,
    *,
    endsWorker: bool = False,
) -> PresentationStep:
    """Return a click that begins a new segment."""
    return PresentationStep(
        name,
        PromptRole.POSITIVE,
        point_ras,
        beginsSegment=True,
        endsWorker=endsWorker,
        score=None if truth is None else lambda result: _dice(result, truth()),
    )


def mendedStep(step: PresentationStep, truth: Truth, ijk_to_ras: Matrix) -> PresentationStep:
    """Return the click that mends most of what the step before has drawn wrong."""
    return PresentationStep(
        f"{step.title}, mended",
        PromptRole.POSITIVE,
        step.point_ras,
        repair=lambda result: _largestError(result, truth(), ijk_to_ras),
        score=step.score,
    )


def _dice(result: Result, truth: NDArray[np.bool_]) -> float:
    mask = result.mask_kji
    return 2 * float((mask & truth).sum()) / max(float(mask.sum() + truth.sum()), 1.0)


def _largestError(result: Result, truth: NDArray[np.bool_], ijk_to_ras: Matrix) -> Place | None:
    """Return the click that mends most: in the slice where most is missing, or too much."""
    mask = result.mask_kji
    missing, extra = truth & ~mask, mask & ~truth
    isMissing = missing.sum() >= extra.sum()
    wrong = missing if isMissing else extra
    if not wrong.any():
        return None
    point = transform_points(middleOfFullestSlice(wrong), ijk_to_ras)[0]
    r, a, s = map(float, point)
    return (PromptRole.POSITIVE if isMissing else PromptRole.NEGATIVE), (r, a, s)
