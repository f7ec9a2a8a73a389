"""Write a study down: CSV, Markdown, and pictures where matplotlib is installed."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from ..bundle import Bundle
from ..errors import SAMMoEError
from ..labelled_scans import LeftOut
from ..whole_file import written_whole
from .plan import Mode, StudyPlan
from .rows import Row, append_csv, write_csv
from .tables import table_by_class, table_by_click, table_of_fusions, table_of_routing

CSV_FILE, MARKDOWN_FILE = "rows.csv", "report.md"
NO_PICTURES = "No pictures: they need matplotlib (pip install 'sammoe[train]')."


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


def start_rows(folder: Path) -> Callable[[Sequence[Row]], None]:
    """Begin a report's CSV; returns what adds the rows of a case, so that a crash loses none."""
    write_csv(folder / CSV_FILE, [])
    return partial(append_csv, folder / CSV_FILE)


def write_report(
    folder: Path, rows: Sequence[Row], plan: StudyPlan, bundle: Bundle, left_out: LeftOut
) -> Report:
    """Write all of a report into a folder.

    Args:
        folder: As `make_report_folder` leaves it.
        rows: The study's.
        plan: How it was made.
        bundle: With which model.
        left_out: What is missing in it.
    """
    write_csv(folder / CSV_FILE, rows)
    pictures: list[Path] = []
    if find_spec("matplotlib") is not None:
        from .plots import draw_all

        pictures = draw_all(folder, rows, plan, bundle.card.expert_ids)
    text = _text(rows, plan, bundle, left_out, pictures)
    with written_whole(folder / MARKDOWN_FILE) as stream:
        stream.write(text.encode())
    return Report(text, (folder / CSV_FILE, folder / MARKDOWN_FILE, *pictures))


def _text(
    rows: Sequence[Row],
    plan: StudyPlan,
    bundle: Bundle,
    left_out: LeftOut,
    pictures: Sequence[Path],
) -> str:
    ids = bundle.card.expert_ids
    modes = [mode for mode in plan.modes if mode is not Mode.EXPERTS or ids]
    cases = len({row.case for row in rows})
    parts = [
        f"# {bundle.card.name} {bundle.card.version}: {cases} cases",
        f"Bundle {bundle.hash[:12]}, device {plan.device}; surface Dice at {plan.nsd_mm:g} mm; "
        "an empty mask counts with Dice 0, NSD 0 and the scan's diagonal as HD95.",
    ]
    for series in plan.series:
        parts += [f"## By class, prompts {series.name}, after the last click"]
        parts += [table_by_class(rows, modes, series.name)]
    parts += ["## By number of clicks", table_by_click(rows, modes)]
    if Mode.MOE in plan.modes and ids:
        parts += ["## Thresholds and ways to fuse (Dice)", table_of_fusions(rows)]
        parts += ["## Where the gate sends first prompts", table_of_routing(rows, ids)]
    parts += [f"![{path.stem}]({path.name})" for path in pictures] or [NO_PICTURES]
    parts += ["## Cases", *("    " + line for line in left_out.lines(cases, what="cases"))]
    return "\n\n".join(parts).replace("\n\n    ", "\n    ") + "\n"
