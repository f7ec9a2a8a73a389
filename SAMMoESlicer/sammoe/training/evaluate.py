"""Real structures, clicked through by simulated users: how good a bundle is, as tables.

`python -m sammoe.training.evaluate --data FOLDER [--bundle DIR] [--box] [--expert none]` prints
mean Dice after 1, 3, 5 and 10 simulated clicks, by group, and where the gate sent the structures.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from ..engine import Predictor
from ..options import AUTO
from ..whole_file import written_whole
from .cases import COMPACT, Case, reference_cases
from .click_through import Score, click_through

SHOWN_CLICKS = (1, 3, 5, 10)


def evaluate(predictor: Predictor, cases: Iterable[Case], **how: object) -> list[Score]:
    """Return the score of every case; `how` goes to `click_through`."""
    return [click_through(predictor, case, **how) for case in cases]  # type: ignore[arg-type]


def table(scores: Sequence[Score]) -> str:
    """Return a Markdown table of mean Dice by group and number of clicks."""
    shown = [n for n in SHOWN_CLICKS if n <= len(scores[0].dice)]
    boxed = scores[0].box_dice is not None
    heads = ["group", "n", *(["box"] if boxed else []), *(f"{n} clicks" for n in shown)]
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for group, values in means(scores).items():
        count = sum(group in ("all", s.group) for s in scores)
        lines.append(f"| {group} | {count} | " + " | ".join(f"{v:.3f}" for v in values) + " |")
    return "\n".join(lines)


def means(scores: Sequence[Score]) -> dict[str, list[float]]:
    """Return mean Dice after the shown clicks by group, 'all' first; a box's own before them."""
    groups = ["all", *sorted({s.group for s in scores}, key=lambda g: (g != COMPACT, g))]
    found = {}
    for group in groups:
        chosen = [s for s in scores if group in ("all", s.group)]
        boxes = [s.box_dice for s in chosen if s.box_dice is not None]
        columns = [boxes] if boxes else []
        shown = [n for n in SHOWN_CLICKS if n <= len(scores[0].dice)]
        columns += [[s.dice[n - 1] for s in chosen] for n in shown]
        found[group] = [float(np.mean(column)) for column in columns]
    return found


def routing(scores: Sequence[Score]) -> dict[str, str]:
    """Return, as 'n of m', which structures reach the expert whose task they are.

    The last entry is how many of the structures that are nobody's task go to an expert.
    """
    shares = {}
    for task in sorted({s.task for s in scores if s.task is not None}):
        own = [s for s in scores if s.task == task]
        shares[f"{task} to its expert"] = f"{sum(s.expert == task for s in own)} of {len(own)}"
    nobodys = [s for s in scores if s.task is None]
    lost = sum(s.expert is not None for s in nobodys)
    return shares | {"nobody's to an expert": f"{lost} of {len(nobodys)}"}


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
    print(", ".join(f"{name}: {share}" for name, share in routing(scores).items()))
    print(f"{np.mean([s.seconds for s in scores]):.2f} s a prediction")
    if given.json:
        with written_whole(given.json) as stream:
            stream.write(json.dumps([asdict(score) for score in scores], indent=1).encode())


if __name__ == "__main__":
    main()
