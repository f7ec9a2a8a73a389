"""Click through one case in every mode of a plan, with the product's own predictor."""

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import Predictor
from ..geometry import transform_points
from ..options import AUTO, GENERAL, NO_EXPERT, PredictOptions
from ..prompts import FOREGROUND, PromptSet
from ..result import Result
from ..simulated_user import jittered_box, most_interior_voxel, next_click
from ..volume import Volume
from .cases import StudyCase
from .experts import expert_of
from .metrics import MaskScores, score_mask
from .plan import Mode, Series, StudyPlan
from .rows import GENERAL_DECODER, PINNED, Row

_ONE_CASE_AT_A_TIME = Lock()
"""The predictor remembers one volume; a second one would only share torch's threads and memory."""


@dataclass(frozen=True)
class Step:
    """One mask of a trajectory: clicks so far, its scores, the gate's first scores, seconds."""

    clicks: int
    scores: MaskScores
    gate_scores: dict[str, float]
    tau: float
    seconds: float


def score_case(case: StudyCase, plan: StudyPlan) -> list[Row]:
    """Return the rows of one case; the predictor is kept for the next case of this process.

    The threads of a dask worker may call this at the same time.
    """
    volume, truth, ignored = case.read()
    with _ONE_CASE_AT_A_TIME:
        predictor = predictor_of(plan.bundle, plan.device, plan.threads)
        predictor.set_volume(volume)
        return [
            row
            for series in plan.series
            for name, options in trajectories(case, plan, predictor).items()
            for row in _rows(case, plan, predictor, volume, truth, series, name, options, ignored)
        ]


def trajectories(
    case: StudyCase, plan: StudyPlan, predictor: Predictor
) -> dict[str, PredictOptions]:
    """Return who answers, by the name of the trajectory."""
    ids = predictor.card.expert_ids
    expected = expert_of(case, plan, ids)
    chosen = {}
    if Mode.BASELINE in plan.modes or Mode.MOE in plan.modes or not ids:
        chosen[GENERAL_DECODER] = PredictOptions(expert=NO_EXPERT)
    if Mode.EXPERTS in plan.modes and expected:
        chosen[PINNED] = PredictOptions(expert=expected)
    if ids:
        for fusion in plan.fusions:
            chosen[str(fusion)] = PredictOptions(expert=AUTO, tau=0.0, fusion=fusion)
    return chosen


@lru_cache(maxsize=1)
def predictor_of(bundle: Path | None, device: str, threads: int | None) -> Predictor:
    """Return the predictor of a bundle, loaded once in a process."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    return Predictor.from_bundle(bundle, device=device)


def _rows(
    case: StudyCase,
    plan: StudyPlan,
    predictor: Predictor,
    volume: Volume,
    truth: NDArray[np.bool_],
    series: Series,
    name: str,
    options: PredictOptions,
    ignored: NDArray[np.bool_] | None,
) -> list[Row]:
    ids = predictor.card.expert_ids
    rows = []
    for step in click_series(predictor, volume, truth, series, options, plan, ignored=ignored):
        experts = {key: value for key, value in step.gate_scores.items() if key != GENERAL}
        top = max(experts, key=experts.__getitem__, default="")
        own_tau = predictor.card.expert(top).tau if top else None
        rows.append(
            Row(
                case=case.name,
                class_name=case.class_name,
                series=series.name,
                clicks=step.clicks,
                trajectory=name,
                dice=step.scores.dice,
                nsd=step.scores.nsd,
                hd95_mm=step.scores.hd95_mm,
                expected=expert_of(case, plan, ids),
                top=top,
                top_score=experts.get(top, 0.0),
                tau=predictor.card.tau if own_tau is None else own_tau,
                seconds=step.seconds,
            )
        )
    return rows


def click_series(
    predictor: Predictor,
    volume: Volume,
    truth: NDArray[np.bool_],
    series: Series,
    options: PredictOptions,
    plan: StudyPlan,
    *,
    ignored: NDArray[np.bool_] | None = None,
) -> list[Step]:
    """Return a step for every mask of a series; a perfect mask is not clicked on any more.

    What lies where nobody annotated (`ignored`) is neither scored nor clicked on.
    """
    spacing_kji = volume.spacing_mm[::-1]
    spacing: Any = tuple(spacing_kji)
    prompts, click = PromptSet(), None
    if series.box:
        prompts = PromptSet(box_ras=jittered_box(volume, truth, plan.seed))
    else:
        click = most_interior_voxel(truth, spacing=spacing), FOREGROUND
    steps: list[Step] = []
    first: Result | None = None
    for count in series.counts:
        if steps and click is None:
            steps.append(Step(count, steps[-1].scores, steps[-1].gate_scores, steps[-1].tau, 0.0))
            continue
        if click is not None:
            point_ras = transform_points(click[0][::-1], volume.ijk_to_ras)[0]
            prompts = prompts.with_point(point_ras, click[1])
        start_s = time.perf_counter()
        result = predictor.predict(prompts, options)
        seconds = time.perf_counter() - start_s
        first = first or result
        mask = result.mask_kji if ignored is None else result.mask_kji & ~ignored
        scores = score_mask(mask, truth, spacing_kji, nsd_mm=plan.nsd_mm)
        steps.append(Step(count, scores, first.scores, first.tau, seconds))
        click = next_click(truth, mask, spacing=spacing)
    return steps
