"""Click through one object as an exact user would, with the product's own predictor."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import Predictor
from ..geometry import transform_points
from ..options import PredictOptions
from ..prompts import FOREGROUND, PromptSet
from ..result import Result
from ..simulated_user import jittered_box, most_interior_voxel, next_click
from ..volume import Volume
from .plan import Series


@dataclass(frozen=True, eq=False)
class Step:
    """What the product shows after some clicks.

    Attributes:
        clicks: How many so far.
        prompts: All of them.
        result: What is shown.
        first: What was shown first, with the gate's decision.
        mask_kji: The mask that counts, bool, (k, j, i): without what nobody annotated.
        seconds: Time of the prediction; 0 where nothing was left to correct.
    """

    clicks: int
    prompts: PromptSet
    result: Result
    first: Result
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
) -> Iterator[Step]:
    """Yield a step for every mask of a series; a perfect mask is not clicked on any more.

    Args:
        predictor: The product, with the volume set.
        volume: The volume.
        truth_kji: bool, the true object, not empty.
        series: What the user does.
        options: Who answers.
        ignored_kji: bool, where nobody annotated: not clicked on; None: all is annotated.
        seed: Decides the box.
    """
    spacing: Any = tuple(volume.spacing_mm[::-1])
    prompts, click = PromptSet(), None
    if series.box:
        prompts = PromptSet(box_ras=jittered_box(volume, truth_kji, seed))
    else:
        click = most_interior_voxel(truth_kji, spacing=spacing), FOREGROUND
    step: Step | None = None
    for count in series.counts:
        if step is not None and click is None:
            yield replace(step, clicks=count, seconds=0.0)
            continue
        if click is not None:
            point_ras = transform_points(click[0][::-1], volume.ijk_to_ras)[0]
            prompts = prompts.with_point(point_ras, click[1])
        start_s = time.perf_counter()
        result = predictor.predict(prompts, options)
        seconds = time.perf_counter() - start_s
        mask_kji = result.mask_kji if ignored_kji is None else result.mask_kji & ~ignored_kji
        step = Step(count, prompts, result, step.first if step else result, mask_kji, seconds)
        yield step
        click = next_click(truth_kji, mask_kji, spacing=spacing)
