"""Click through one real structure with the product's own predictor and count the overlap."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..engine import Predictor
from ..geometry import transform_points
from ..options import AUTO, PredictOptions
from ..prompts import FOREGROUND, PromptSet
from ..simulated_user import jittered_box, most_interior_voxel, next_click
from .cases import Case


@dataclass(frozen=True)
class Score:
    """What one case gave.

    Attributes:
        name: The case's.
        group: The case's.
        task: The case's.
        dice: Dice after 1, 2, ... clicks.
        expert: The expert the gate chose at the first prompt, or None.
        seconds: Mean time of a prediction.
        gate_scores: The gate's scores at the first prompt.
        box_dice: Dice after a box alone, where the user drew one first.
    """

    name: str
    group: str
    task: str | None
    dice: tuple[float, ...]
    expert: str | None
    seconds: float
    gate_scores: dict[str, float] = field(default_factory=dict)
    box_dice: float | None = None


def dice_of(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Return the Dice overlap of two masks; 1 when both are empty."""
    total = int(a.sum()) + int(b.sum())
    return 2.0 * int((a & b).sum()) / total if total else 1.0


def click_through(
    predictor: Predictor,
    case: Case,
    *,
    clicks: int = 10,
    box: bool = False,
    expert: str = AUTO,
    seed: int = 0,
) -> Score:
    """Simulate an exact user on one case.

    Args:
        predictor: The product.
        case: What to segment.
        clicks: How many clicks are made; fewer when nothing is left to correct.
        box: Start from a box with 5 mm jitter; the first click then corrects its answer.
        expert: As `PredictOptions.expert`.
        seed: Decides the jitter.
    """
    volume = case.volume
    spacing = tuple(volume.spacing_mm[::-1])
    options = PredictOptions(expert=expert)
    prompts = PromptSet()
    if box:
        prompts = PromptSet(box_ras=jittered_box(volume, case.mask_kji, seed))
        click: tuple[NDArray[np.int64], int] | None = None
    else:
        click = most_interior_voxel(case.mask_kji, spacing=spacing), FOREGROUND
    predictor.set_volume(volume)
    scores: list[float] = []
    seconds, first = 0.0, None
    while len(scores) < clicks + box:
        if click is not None:
            voxel_kji, label = click
            point_ras = transform_points(voxel_kji[::-1], volume.ijk_to_ras)[0]
            prompts = prompts.with_point(point_ras, label)
        started = time.perf_counter()
        result = predictor.predict(prompts, options)
        seconds += time.perf_counter() - started
        first = first or result
        scores.append(dice_of(result.mask_kji, case.mask_kji))
        click = next_click(case.mask_kji, result.mask_kji, spacing=spacing)
        if click is None:
            break
    assert first is not None
    mean_seconds = seconds / len(scores)
    scores += [scores[-1]] * (clicks + box - len(scores))
    box_dice = scores.pop(0) if box else None
    return Score(
        name=case.name,
        group=case.group,
        task=case.task,
        dice=tuple(scores),
        expert=first.expert,
        seconds=mean_seconds,
        gate_scores=first.scores,
        box_dice=box_dice,
    )
