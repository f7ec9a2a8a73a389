"""One line of an evaluation's result, and the lines as CSV."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from ..whole_file import written_whole

GENERAL_DECODER, PINNED = "general", "pinned:"
"""Trajectories beside the fused ones, which have the fusion's name; an expert's id follows."""


@dataclass(frozen=True)
class Row:
    """A mask after some clicks.

    Attributes:
        case: The case.
        class_name: Its class.
        group: What sort of structure it is; empty: none is said.
        patient: Whose scan it is.
        user: Who tried it; 0 is exact.
        series: What the user does, e.g. "points:6".
        clicks: Clicks so far.
        trajectory: "general", "pinned:ID", a fusion's name: the top-1 expert always fused; or
            "mixture": the product itself.
        dice: 0 to 1.
        nsd: 0 to 1.
        hd95_mm: Millimetres.
        expected: Expert whose task the class is; empty: nobody's.
        top: Expert the gate ranks highest at the first prompt; empty: the bundle has none.
        top_score: Its score, 0 to 1.
        tau: Its calibrated threshold.
        seconds: Time of the prediction.
    """

    case: str
    class_name: str
    group: str
    patient: str
    user: int
    series: str
    clicks: int
    trajectory: str
    dice: float
    nsd: float
    hd95_mm: float
    expected: str
    top: str
    top_score: float
    tau: float
    seconds: float

    def routed(self, tau: float | None = None) -> bool:
        """Say whether the selector takes the expert, at its own threshold or at another one."""
        return bool(self.top) and self.top_score > (self.tau if tau is None else tau)


CSV_FILE = "rows.csv"
_COLUMNS: dict[str, Callable[[str], Any]] = {one.name: one.type for one in fields(Row)}  # type: ignore[misc]
"""Names and types, which make a value of its text."""


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write rows with a header, in the place of what was there."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow(field.name for field in fields(Row))
    csv.writer(text).writerows(astuple(row) for row in rows)
    with written_whole(path) as stream:
        stream.write(text.getvalue().encode())


def read_csv(path: Path) -> list[Row]:
    """Return the rows of a file up to the first that is cut off; none where there is no file."""
    rows: list[Row] = []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            for values in csv.DictReader(stream):
                rows.append(Row(**{name: made(values[name]) for name, made in _COLUMNS.items()}))
    except (OSError, ValueError, TypeError, LookupError, csv.Error):
        return rows
    return rows


def append_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write further rows; they are on the disk when this returns."""
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(astuple(row) for row in rows)
