"""The validation sheet: a line for every look at a training, over always the same objects."""

import copy
import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ...bundle import BundleCard
from ...engine import Predictor
from ...model.sam_moe import SamMoE
from ...options import GENERAL
from ...whole_file import written_whole
from ..anatomy.atlas import Atlas
from ..loop.inspection import EveryMinutes, Inspection, Numbers
from ..loop.workshop import Workshop
from ..samples.painted_scans import PaintedScans
from ..samples.tasks import Task
from .tried import CLICKS, Tried, tried

FILE = "sheet.csv"
NOTHING = Tried((0.0,), (0.0, 0.0), 0, 0.0, 0.0, GENERAL)


@dataclass(frozen=True)
class SheetOptions:
    """How much is looked at, and how often.

    Attributes:
        minutes: Between two looks.
        scans: How many; two objects are found in each on average.
        objects: Of each at most.
        side: Voxels of a scan along each axis.
    """

    minutes: float = 60.0
    scans: int = 90
    objects: int = 10
    side: int = 128


class ValidationSheet:
    """Tries a model as the product on scans of bodies that nothing is trained on.

    Args:
        workshop: Shares the objects among its processes; `sheet.csv` lies in its folder.
        atlas: The bodies.
        tasks: The experts' tasks, to say where the gate ought to send an object.
        options: How much.
    """

    def __init__(
        self, workshop: Workshop, atlas: Atlas, tasks: Sequence[Task], options: SheetOptions
    ) -> None:
        self.options = options
        self._workshop = workshop
        self._scans = PaintedScans(atlas, objects=options.objects, side=options.side)
        self._owners = {kind: task.id for task in tasks for kind in task.wanted.kinds or ()}

    def during(
        self, stage: str, last_step: int, card: BundleCard, model_of: Callable[[Any], SamMoE]
    ) -> Inspection:
        """Return what looks at a stage of a training.

        Args:
            stage: Its name.
            last_step: Its last step, which is looked at in any case.
            card: What the bundle would say by then.
            model_of: Makes the model of the objective that is trained.
        """
        return EveryMinutes(
            self.options.minutes,
            last_step,
            lambda step, objective: self.look(stage, step, model_of(objective), card),
        )

    def look(self, stage: str, step: int, model: SamMoE, card: BundleCard) -> Numbers:
        """Try a model, and write a line.

        Args:
            stage: Of the training.
            step: Of the stage.
            model: It stays as it is.
            card: What its bundle would say.
        """
        predictor = Predictor(
            copy.deepcopy(model).eval(),
            card,
            bundle_hash=f"{stage} {step}",
            device=self._workshop.device.type,
        )
        found: list[tuple[str, Tried]] = []
        numbers = self._workshop.share(range(self.options.scans))
        for done, number in enumerate(numbers):
            self._workshop.reporter.count("validation sheet", done, len(numbers))
            found += self._tried(predictor, card, number)
        self._workshop.reporter.count("validation sheet", len(numbers), len(numbers))
        seen = self._means(found, card.expert_ids)
        if self._workshop.processes.is_first:
            self._write(stage, step, seen)
            shown = ", ".join(f"{name} {value:.3g}" for name, value in seen.items() if value)
            self._workshop.say(f"validation sheet, {stage} at step {step}: {shown}")
        return seen

    def _tried(
        self, predictor: Predictor, card: BundleCard, number: int
    ) -> list[tuple[str, Tried]]:
        scan = self._scans.scan(number)
        predictor.set_volume(scan.volume)
        found = []
        for mask_kji, kind in zip(scan.masks_kji, scan.kinds, strict=True):
            owner = self._owners.get(kind, GENERAL)
            owner = owner if owner in card.expert_ids else GENERAL
            found.append((owner, tried(predictor, card, scan.volume, mask_kji)))
        return found

    def _means(self, found: Sequence[tuple[str, Tried]], ids: Sequence[str]) -> Numbers:
        """Return means over the objects of all processes, and how many went where."""
        one = [_numbers_of(outcome) for _, outcome in found]
        names = list(_numbers_of(NOTHING))
        sums = {name: sum(numbers[name] for numbers in one) for name in names}
        sums["objects"] = len(found)
        columns = (*ids, GENERAL) if ids else ()
        routes = {f"{a} to {b}": (a, b) for a in columns for b in columns}
        sent = [(owner, outcome.sent_to) for owner, outcome in found]
        sums |= {name: sent.count(route) for name, route in routes.items()}
        here = torch.tensor([float(v) for v in sums.values()], device=self._workshop.device)
        processes = self._workshop.processes
        total = dict(zip(sums, (processes.mean(here) * processes.count).tolist(), strict=True))
        return total | {name: total[name] / max(total["objects"], 1) for name in names}

    def _write(self, stage: str, step: int, seen: Numbers) -> None:
        """Add a line, in the place of an earlier one of the same step."""
        path = self._workshop.folder / FILE
        line = {"stage": stage, "step": str(step)} | {n: f"{v:.4g}" for n, v in seen.items()}
        lines = [*read_sheet(path), line]
        lines = list({(line["stage"], line["step"]): line for line in lines}.values())
        names = dict.fromkeys(name for line in lines for name in line)
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(names), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
        with written_whole(path) as stream:
            stream.write(text.getvalue().encode())


def read_sheet(path: Path) -> list[dict[str, str]]:
    """Return the lines of a sheet; none where there is none."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _numbers_of(outcome: Tried) -> Numbers:
    """Return what is averaged, by its name on the sheet."""
    in_true = outcome.dice_in_true_crop
    return {
        "Dice 1": outcome.dice[0],
        f"Dice {CLICKS}": outcome.dice[-1],
        "Dice 1 in true crop": in_true[0],
        f"Dice {CLICKS} in true crop": in_true[1],
        "sides found": outcome.sides_found / 3,
        "clicks that made it worse": outcome.falls / (CLICKS - 1),
        "lost at the boundary": outcome.boundary,
        "lost far from it": outcome.far,
    }
