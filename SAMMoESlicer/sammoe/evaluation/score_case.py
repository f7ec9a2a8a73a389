"""Score one case in every mode of a plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from ..bundle.card import BundleCard
from ..engine import Predictor
from ..labelled_scans import LabelledScan
from ..options import AUTO, GENERAL, NO_EXPERT, PredictOptions
from .cases import Case
from .click_loop import Step, click_through
from .experts import expert_of
from .metrics import MaskScores, score_mask
from .plan import BASELINE, EXPERTS, MIXTURE, EvaluationPlan, Series, seed_of
from .rows import GENERAL_DECODER, PINNED, Row

_ONE_CASE_AT_A_TIME = Lock()
"""The predictor remembers one volume; a second one would only share torch's threads and memory."""


@dataclass(frozen=True)
class Trajectory:
    """One way through a case.

    Attributes:
        name: Who answers, as `Row.trajectory`.
        options: The same, for the product.
        series: What the user does.
    """

    name: str
    options: PredictOptions
    series: Series


def score_case(case: Case, plan: EvaluationPlan) -> list[Row]:
    """Return the rows of one case; the predictor is kept for the next case of this process.

    The threads of a dask worker may call this at the same time.
    """
    scan = case.read_scan()
    with _ONE_CASE_AT_A_TIME:
        predictor = predictor_of(plan.bundle, plan.device, plan.threads)
        predictor.set_volume(scan.volume)
        return [
            row
            for trajectory in trajectories(case, plan, predictor.card.expert_ids)
            for user in range(plan.users)
            for row in _rows(case, plan, predictor, scan, trajectory, user)
        ]


def trajectories(case: Case, plan: EvaluationPlan, ids: tuple[str, ...]) -> Iterator[Trajectory]:
    """Yield the ways through a case with a bundle of these experts."""
    answers: dict[str, PredictOptions] = {}
    if BASELINE in plan.modes or MIXTURE in plan.modes or not ids:
        answers[GENERAL_DECODER] = PredictOptions(expert=NO_EXPERT)
    own = expert_of(case, plan.expert_of, ids) if EXPERTS in plan.modes else ""
    for expert_id in filter(None, (own, *plan.everywhere)):
        answers[f"{PINNED}{expert_id}"] = PredictOptions(expert=expert_id)
    for fusion in plan.fusions if ids else ():
        answers[str(fusion)] = PredictOptions(expert=AUTO, tau=0.0, fusion=fusion)
    for series in plan.series:
        for name, options in answers.items():
            yield Trajectory(name, options, series)
        if plan.fusions and ids:
            yield Trajectory(MIXTURE, PredictOptions(), series)


@lru_cache(maxsize=1)
def predictor_of(bundle: Path | None, device: str, threads: int | None) -> Predictor:
    """Return the predictor of a bundle, loaded once in a process."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    return Predictor.from_bundle(bundle, device=device)


def _rows(
    case: Case,
    plan: EvaluationPlan,
    predictor: Predictor,
    scan: LabelledScan,
    trajectory: Trajectory,
    user: int,
) -> list[Row]:
    """Return a row for every mask of a user's trajectory."""
    rows: list[Row] = []
    scores = MaskScores(0.0, 0.0, 0.0)
    expected = expert_of(case, plan.expert_of, predictor.card.expert_ids)
    truth, spacing_kji = scan.mask_kji(case.label), scan.volume.spacing_mm[::-1]
    steps = click_through(
        predictor,
        scan.volume,
        truth,
        trajectory.series,
        options=trajectory.options,
        ignored_kji=scan.ignored_kji,
        seed=seed_of(case.name, user),
        exact=user == 0,
    )
    for step in steps:
        if not rows or step.seconds:
            scores = score_mask(step.mask_kji, truth, spacing_kji, nsd_mm=plan.nsd_mm)
        rows.append(_row(case, predictor.card, expected, trajectory, user, step, scores))
    return rows


def _row(
    case: Case,
    card: BundleCard,
    expected: str,
    trajectory: Trajectory,
    user: int,
    step: Step,
    scores: MaskScores,
) -> Row:
    experts = {key: value for key, value in step.scores.items() if key != GENERAL}
    top = max(experts, key=experts.__getitem__, default="")
    own_tau = card.expert(top).tau if top else None
    return Row(
        case=case.name,
        class_name=case.class_name,
        group=case.group,
        patient=case.patient or case.entry.name,
        user=user,
        series=trajectory.series.name,
        clicks=step.clicks,
        trajectory=trajectory.name,
        dice=scores.dice,
        nsd=scores.nsd,
        hd95_mm=scores.hd95_mm,
        expected=expected,
        top=top,
        top_score=experts.get(top, 0.0),
        tau=card.tau if own_tau is None else own_tau,
        seconds=step.seconds,
    )
