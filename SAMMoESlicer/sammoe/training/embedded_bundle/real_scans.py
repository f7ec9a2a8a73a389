"""Stage 8, where there are real scans: the card also says what the bundle is worth on them."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from ...bundle import Bundle, read_bundle
from ...engine import Predictor
from ...options import GENERAL
from ..cases import Case, reference_cases
from ..click_through import Score, click_through
from ..evaluate import SHOWN_CLICKS, means, routing
from ..jobs.bundle_update import rewrite
from ..loop.workshop import Workshop

COMMAND = "python -m sammoe.training.evaluate --data DATA [--box]"


def measure_on_scans(workshop: Workshop, bundle: Bundle, folder: Path) -> Bundle:
    """Click through all real structures, from a point and from a box, and write it in the card.

    Args:
        workshop: Shares the cases among its processes and keeps what was measured.
        bundle: What to measure; its weights stay as they are.
        folder: The project's real scans.
    """
    cases = reference_cases(folder)
    predictor = Predictor.from_bundle(bundle.path, device="cpu")

    def scored(n: int, *, box: bool) -> Score:
        case, kind = cases[n], "box" if box else "points"
        name = f"scan-{bundle.hash[:12]}-{kind}-{n}"
        return _score(workshop.kept(name, lambda: _measured(predictor, case, box)), case, bundle)

    for n in workshop.share(range(len(cases))):
        for box in (False, True):
            scored(n, box=box)
    workshop.processes.wait()
    points, boxes = ([scored(n, box=b) for n in range(len(cases))] for b in (False, True))
    if workshop.processes.is_first:
        _write(bundle, points, boxes)
    workshop.processes.wait()
    return read_bundle(bundle.path)


def _measured(predictor: Predictor, case: Case, box: bool) -> dict[str, Tensor]:
    score = click_through(predictor, case, clicks=max(SHOWN_CLICKS), box=box)
    columns = (*predictor.card.expert_ids, GENERAL)
    return {
        "dice": torch.tensor(score.dice),
        "box_dice": torch.tensor(-1.0 if score.box_dice is None else score.box_dice),
        "expert": torch.tensor(columns.index(score.expert or GENERAL)),
    }


def _score(state: dict[str, Tensor], case: Case, bundle: Bundle) -> Score:
    columns = (*bundle.card.expert_ids, None)
    box_dice = float(state["box_dice"])
    return Score(
        name=case.name,
        group=case.group,
        task=case.task,
        dice=tuple(state["dice"].tolist()),
        expert=columns[int(state["expert"])],
        seconds=0.0,
        box_dice=None if box_dice < 0 else box_dice,
    )


def _write(bundle: Bundle, points: list[Score], boxes: list[Score]) -> None:
    clicks = ", ".join(map(str, SHOWN_CLICKS))
    numbers = {
        "command": COMMAND,
        "structures": len(points),
        f"Dice after {clicks} clicks": _rounded(means(points)),
        f"Dice after a box, then {clicks} clicks": _rounded(means(boxes)),
        "gate at the first click": routing(points),
    }
    training = bundle.card.training | {"real scans, never trained on": numbers}
    rewrite(bundle, replace(bundle.card, training=training))


def _rounded(table: dict[str, list[float]]) -> dict[str, list[float]]:
    return {group: [round(value, 3) for value in values] for group, values in table.items()}
