"""Click through one object as an exact user would, with the product's own predictor."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import Predictor
from ..geometry import array_box, transform_points
from ..options import PredictOptions
from ..prompts import FOREGROUND, MaskPrompt, PromptSet
from ..result import Result
from ..simulated_user import (
    earlier_mask,
    first_voxel,
    jittered_box,
    next_click,
)
from ..volume import Volume
from .plan import MASK, Series


@dataclass(frozen=True, eq=False)
class Step:
    """What the product shows after some clicks.

    Attributes:
        clicks: How many so far.
        prompts: All of them.
        result: What is shown; None for the mask a series begins with.
        scores: The gate's at the first prompt, experts' and 'general'; none before it was asked.
        mask_kji: The mask that counts, bool, (k, j, i): without what nobody annotated.
        seconds: Time of the prediction; 0 where nothing was left to correct.
    """

    clicks: int
    prompts: PromptSet
    result: Result | None
    scores: Mapping[str, float]
    mask_kji: NDArray[np.bool_]
    seconds: float


def click_through(
    predictor: Predictor,
    volume: Volume,
    truth_kji: NDArray[np.bool_],
    series: Series,
    *,
    options: PredictOptions | None = None,
    ignored_kji: NDArray[np.bool_] | None = None,
    seed: int = 0,
    exact: bool = True,
) -> Iterator[Step]:
    """Yield a step for every mask of a series; a perfect mask is not clicked on any more.

    Args:
        predictor: The product, with the volume set.
        volume: The volume.
        truth_kji: bool, the true object, not empty.
        series: What the user does.
        options: Who answers.
        ignored_kji: bool, where nobody annotated: not clicked on; None: all is annotated.
        seed: Decides the errors of a box or an earlier mask, and where who is not exact begins.
        exact: The first click lies in the very middle; otherwise somewhere near it.
    """
    spacing: Any = tuple(volume.spacing_mm[::-1])
    prompts, click = PromptSet(), None
    step: Step | None = None
    counts = iter(series.counts)
    if series.begins_with_box:
        prompts = PromptSet(box_ras=jittered_box(volume, truth_kji, seed))
    if series.begins == MASK:
        earlier_kji = earlier_mask(truth_kji, spacing=spacing, seed=seed)
        prompts = PromptSet(mask=MaskPrompt(earlier_kji, array_box(earlier_kji.shape)).tight)
        step = Step(next(counts), prompts, None, {}, _scored(earlier_kji, ignored_kji), 0.0)
        yield step
        click = next_click(truth_kji, step.mask_kji, spacing=spacing)
    elif series.begins_in_the_middle:
        click = first_voxel(truth_kji, seed, exact=exact, spacing=spacing), FOREGROUND
    for count in counts:
        if step is not None and click is None:
            yield replace(step, clicks=count, seconds=0.0)
            continue
        if click is not None:
            point_ras = transform_points(click[0][::-1], volume.ijk_to_ras)[0]
            prompts = prompts.with_point(point_ras, click[1])
        start_s = time.perf_counter()
        result = predictor.predict(prompts, options)
        seconds = time.perf_counter() - start_s
        scores = step.scores if step is not None and step.scores else result.scores
        mask_kji = _scored(result.mask_kji, ignored_kji)
        step = Step(count, prompts, result, scores, mask_kji, seconds)
        yield step
        click = next_click(truth_kji, mask_kji, spacing=spacing)


def _scored(
    mask_kji: NDArray[np.bool_], ignored_kji: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    return mask_kji if ignored_kji is None else mask_kji & ~ignored_kji
