"""Where there are real scans, the card also says what the bundle is worth on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...bundle import Bundle
from ...evaluation import EvaluationPlan, Row, Series, Wanted, executor_of, find_cases, score_cases
from ...evaluation.calibration import confusion
from ...evaluation.methods import MIXTURE_METHOD
from ...evaluation.tables import groups
from ...options import GENERAL
from ..jobs.bundle_update import rewrite
from ..loop.workshop import Workshop

SHOWN_CLICKS = (1, 3, 5, 10)
POINTS, BOX = Series("points", max(SHOWN_CLICKS)), Series("box", max(SHOWN_CLICKS))


@dataclass(frozen=True)
class RealScans:
    """Scans to measure on.

    Attributes:
        folder: Where they are.
        wanted: Which of their objects, and what these are.
        processes: How many score them.
    """

    folder: Path
    wanted: Wanted
    processes: int = 1


def measure_on_scans(workshop: Workshop, bundle: Bundle, scans: RealScans) -> Bundle:
    """Click through all real structures, from a point and from a box, and write it in the card.

    Args:
        workshop: Told how far it is, and of scans that cannot be used.
        bundle: What to measure; its weights stay as they are.
        scans: Nothing was trained on them.
    """
    cases = find_cases([scans.folder], workshop.left_out, wanted=scans.wanted)
    plan = EvaluationPlan(
        bundle=bundle.path.absolute(), device=workshop.device.type, series=(POINTS, BOX),
        modes=("mixture",), ablations=False, threads=1,
    )  # fmt: skip
    with executor_of(None, scans.processes) as (executor, at_once):
        scored = score_cases(
            cases, plan, executor, at_once=at_once, left_out=workshop.left_out,
            on_case=lambda done, total: workshop.reporter.count("real structures", done, total),
        )  # fmt: skip
    training = bundle.card.training | {
        "real scans, never trained on": card_numbers(scored.rows, bundle.card.expert_ids)
    }
    return rewrite(bundle, replace(bundle.card, training=training))


def card_numbers(rows: Sequence[Row], ids: Sequence[str]) -> dict[str, object]:
    """Return what the card says of real structures."""
    mixture = MIXTURE_METHOD.rows(rows)
    clicks = ", ".join(map(str, SHOWN_CLICKS))
    names = (*ids, GENERAL)
    return {
        "command": "sammoe evaluate --modes mixture "
        f"--prompts {POINTS.name},{BOX.name} --data DATA --out REPORT",
        "structures": len({row.case for row in rows}),
        f"Dice after {clicks} clicks": _means(mixture, POINTS, SHOWN_CLICKS),
        f"Dice after a box, then {clicks} clicks": _means(mixture, BOX, (0, *SHOWN_CLICKS)),
        "gate at the first prompt, sent to": {
            name: dict(zip(names, counts, strict=True))
            for name, counts in zip(names, confusion(rows, ids), strict=True)
            if sum(counts)
        },
    }


def _means(rows: Sequence[Row], series: Series, counts: Sequence[int]) -> dict[str, list[float]]:
    """Return mean Dice by group after so many clicks."""
    mine = groups([row for row in rows if row.series == series.name])
    return {
        name: [
            round(sum(dice) / len(dice), 3)
            for count in counts
            if (dice := [row.dice for row in inside if row.clicks == count])
        ]
        for name, inside in mine.items()
    }
