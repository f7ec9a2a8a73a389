"""Write an evaluation down: CSV, Markdown, and pictures where matplotlib is installed."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..bundle import Bundle
from ..errors import SAMMoEError
from ..labelled_scans import LeftOut
from ..whole_file import written_whole
from .calibration import calibration_error, reliability
from .cases import Case
from .methods import BASELINE_METHOD, ablations_of, methods_of
from .part_rows import forget_rows
from .plan import MIXTURE, EvaluationPlan
from .rows import CSV_FILE, Row, write_csv
from .tables import (
    forgetting,
    table_by_class,
    table_by_click,
    table_of_methods,
    table_of_reliability,
    table_of_routing,
    table_of_thresholds,
)

MARKDOWN_FILE = "report.md"
NO_PICTURES = "No pictures: they need matplotlib (pip install 'sammoe[train]')."


@dataclass(frozen=True)
class Evaluated:
    """What a report is about.

    Attributes:
        cases: What was scored.
        rows: Their rows.
        plan: How they were scored.
        bundle: With which model.
        left_out: What is missing.
    """

    cases: Sequence[Case]
    rows: Sequence[Row]
    plan: EvaluationPlan
    bundle: Bundle
    left_out: LeftOut


@dataclass(frozen=True)
class Report:
    """What was written.

    Attributes:
        text: The Markdown.
        files: Every file.
    """

    text: str
    files: tuple[Path, ...]


def make_report_folder(folder: Path) -> None:
    """Make a report's folder and find out whether files can be written there.

    Raises:
        SAMMoEError: They cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SAMMoEError(
            f"no report can be written into {folder} ({error.strerror}); name a folder of yours"
        ) from error


def holds_report(folder: Path) -> bool:
    """Say whether a folder holds the rows of a report, of an earlier evaluation."""
    return (folder / CSV_FILE).exists()


def write_report(folder: Path, done: Evaluated, *, worst: int = 6, is_whole: bool = True) -> Report:
    """Write all of a report into a folder.

    Args:
        folder: As `make_report_folder` leaves it.
        done: What it is about.
        worst: How many of the worst cases are drawn.
        is_whole: The evaluation was not stopped before its end.
    """
    write_csv(folder / CSV_FILE, done.rows)
    pictures = _pictures(folder, done, worst) if find_spec("matplotlib") is not None else None
    text = _text(done, pictures)
    with written_whole(folder / MARKDOWN_FILE) as stream:
        stream.write(text.encode())
    forget_rows(folder, is_whole=is_whole)
    drawn = [path for path, _ in pictures or ()]
    return Report(text, (folder / CSV_FILE, folder / MARKDOWN_FILE, *drawn))


def _pictures(folder: Path, done: Evaluated, worst: int) -> list[tuple[Path, str]]:
    """Draw every picture there is something to draw for; returns paths and captions."""
    from .pictures import draw_worst
    from .plots import draw_classes, draw_clicks, draw_confusion, draw_reliability, save

    rows, ids = done.rows, done.bundle.card.expert_ids
    methods = methods_of(done.plan, ids)
    figures = {
        "dice_by_clicks.png": (draw_clicks(rows, methods), "Mean Dice by clicks"),
        "dice_by_class.png": (
            draw_classes(rows, methods, done.plan.series[0].name), "Mean Dice by class",
        ),
    }  # fmt: skip
    if ids and MIXTURE in done.plan.modes:
        figures["gate_confusion.png"] = draw_confusion(rows, ids), "Where the gate sends whom"
        bins = reliability(rows)
        figures["gate_reliability.png"] = draw_reliability(bins), "Is its score true"
    for name, (figure, _) in figures.items():
        save(folder / name, figure)
    drawn = [(folder / name, caption) for name, (_, caption) in figures.items()]
    return drawn + draw_worst(folder, done.cases, rows, done.plan, count=worst)


def _text(done: Evaluated, pictures: Sequence[tuple[Path, str]] | None) -> str:
    rows, plan, card = done.rows, done.plan, done.bundle.card
    methods = methods_of(plan, card.expert_ids)
    cases = len({row.case for row in rows})
    patients = len({row.patient for row in rows})
    parts = [
        f"# {card.name} {card.version}: {cases} cases of {patients} patients",
        f"Bundle {done.bundle.hash[:12]}, device {plan.device}; Dice after the last click, in "
        "brackets its 95 % interval over patients; surface Dice at "
        f"{plan.nsd_mm:g} mm;{_of_users(plan)} an empty mask counts with Dice 0, NSD 0 and the "
        "scan's diagonal as HD95.",
        "## By group",
        table_of_methods(
            rows, methods, gains=[method for method in methods if method is not BASELINE_METHOD]
        ),
        forgetting(rows, methods),
    ]
    if ablations := ablations_of(plan, card.expert_ids):
        parts += ["## Thresholds and ways to fuse", table_of_methods(rows, ablations)]
        parts += [table_of_thresholds(rows)]
    parts += ["## By number of clicks", table_by_click(rows, methods)]
    for series in plan.series:
        parts += [f"## By class, prompts {series.name}"]
        parts += [table_by_class(rows, methods, series.name)]
    if MIXTURE in plan.modes and card.expert_ids:
        parts += _gate_parts(rows, card.expert_ids)
    parts += ["## Pictures"]
    parts += (
        [NO_PICTURES]
        if pictures is None
        else [f"{caption}:\n![{caption}]({path.name})" for path, caption in pictures]
    )
    parts += ["## Cases", *("    " + line for line in done.left_out.lines(cases, what="cases"))]
    return "\n\n".join(parts).replace("\n\n    ", "\n    ") + "\n"


def _of_users(plan: EvaluationPlan) -> str:
    if plan.users < 2:
        return ""
    return (
        f" {plan.users} users tried every case, the first of whom is exact: means are over all, "
        "after ± comes the standard deviation of the users' means;"
    )


def _gate_parts(rows: Sequence[Row], ids: Sequence[str]) -> list[str]:
    bins = reliability(rows)
    return [
        "## Where the gate sends first prompts",
        table_of_routing(rows, ids),
        f"Its scores differ from the truth by {calibration_error(bins):.3f} in the mean:",
        table_of_reliability(bins),
    ]
