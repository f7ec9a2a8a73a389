"""Click through real structures with the product's own predictor and count the overlap.

`python -m sammoe.training.evaluate --data FOLDER [--bundle DIR] [--box] [--expert none]` prints a
table: mean Dice after 1, 3, 5 and 10 simulated clicks, by group.
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..engine import Predictor
from ..geometry import bounding_box, transform_points
from ..options import AUTO, PredictOptions
from ..prompts import FOREGROUND, PromptSet
from .cases import COMPACT, Case, reference_cases
from .clicks import most_interior_voxel, next_click

SHOWN_CLICKS = (1, 3, 5, 10)
BOX_JITTER_MM = 5.0


@dataclass(frozen=True)
class Score:
    """What one case gave.

    Attributes:
        name: The case's.
        group: The case's.
        dice: Dice after 1, 2, ... clicks.
        expert: The expert the gate chose at the first prompt, or None.
        seconds: Mean time of a prediction.
        gate_scores: The gate's scores at the first prompt.
        box_dice: Dice after a box alone, where the user drew one first.
    """

    name: str
    group: str
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
        prompts = PromptSet(box_ras=jittered_box(case, seed))
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
        dice=tuple(scores),
        expert=first.expert,
        seconds=mean_seconds,
        gate_scores=first.scores,
        box_dice=box_dice,
    )


def evaluate(predictor: Predictor, cases: Iterable[Case], **how: object) -> list[Score]:
    """Return the score of every case; `how` goes to `click_through`."""
    return [click_through(predictor, case, **how) for case in cases]  # type: ignore[arg-type]


def table(scores: Sequence[Score]) -> str:
    """Return a Markdown table of mean Dice by group and number of clicks."""
    shown = [n for n in SHOWN_CLICKS if n <= len(scores[0].dice)]
    boxed = all(score.box_dice is not None for score in scores)
    heads = ["group", "n", *(["box"] if boxed else []), *(f"{n} clicks" for n in shown)]
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    groups = ["all", *sorted({s.group for s in scores}, key=lambda g: (g != COMPACT, g))]
    for group in groups:
        chosen = [s for s in scores if group in ("all", s.group)]
        columns = [[s.box_dice for s in chosen]] if boxed else []
        columns += [[s.dice[n - 1] for s in chosen] for n in shown]
        means = [f"{np.mean(np.array(column, float)):.3f}" for column in columns]
        lines.append(f"| {group} | {len(chosen)} | " + " | ".join(means) + " |")
    return "\n".join(lines)


def jittered_box(case: Case, seed: int) -> NDArray[np.float64]:
    """Return a box (2, 3) RAS mm drawn around a case's object with an error of 5 mm a face."""
    low, high = bounding_box(case.mask_kji)
    corners = transform_points(
        np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)]) * (high - low)
        + low
        - 0.5,
        case.volume.ijk_to_ras,
    )
    box = np.stack([corners.min(axis=0), corners.max(axis=0)])
    jitter = np.random.default_rng(seed).normal(0.0, BOX_JITTER_MM, box.shape)
    moved = np.sort(box + jitter, axis=0)
    moved[1] = np.maximum(moved[1], moved[0] + 2.0)
    return moved


def main(argv: Sequence[str] | None = None) -> None:
    """Evaluate a bundle on the project's real scans and print the table."""
    parser = argparse.ArgumentParser(prog="python -m sammoe.training.evaluate")
    parser.add_argument("--data", type=Path, required=True, help="folder of the real scans")
    parser.add_argument("--bundle", type=Path, help="bundle's folder; the default is embedded")
    parser.add_argument("--clicks", type=int, default=10)
    parser.add_argument("--box", action="store_true", help="start from a box with 5 mm jitter")
    parser.add_argument("--expert", default=AUTO, help="auto, none or an expert's id")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, help="take every n-th case only")
    parser.add_argument("--json", type=Path, help="write every case's scores here")
    given = parser.parse_args(argv)
    torch.set_num_threads(given.threads)
    predictor = Predictor.from_bundle(given.bundle)
    cases = reference_cases(given.data)[:: given.every]
    scores = evaluate(predictor, cases, clicks=given.clicks, box=given.box, expert=given.expert)
    print(table(scores))
    print(f"{np.mean([s.seconds for s in scores]):.2f} s a prediction")
    if given.json:
        given.json.write_text(json.dumps([asdict(score) for score in scores], indent=1))


if __name__ == "__main__":
    main()
