"""What is scored so far, on the disk: an evaluation that was ended anyhow goes on from there.

Beside the rows stands of which study they are. Rows of another one are put aside, never written
over.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from functools import partial
from itertools import count
from pathlib import Path

from .. import __version__
from ..errors import SAMMoEError
from ..path_lock import path_lock
from ..whole_file import written_whole
from .cases import Case
from .plan import EvaluationPlan
from .rows import CSV_FILE, Row, append_csv, read_csv, write_csv

PART_FILE = "rows.part.csv"
"""The report's own rows replace it."""
_STUDY_FILE, _LOCK_FILE = "rows.part.json", ".sammoe-evaluate.lock"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other evaluations out of a report's folder for the time of the block.

    Raises:
        SAMMoEError: One is writing there.
    """
    with ExitStack() as held:
        try:
            held.enter_context(path_lock(folder / _LOCK_FILE, wait=False))
        except BlockingIOError as error:
            raise SAMMoEError(
                f"another evaluation is writing into {folder}; wait for it, or name another folder"
            ) from error
        except OSError:
            pass  # a file system without locks
        yield


def study_of(cases: Sequence[Case], plan: EvaluationPlan, bundle_hash: str) -> str:
    """Return what two runs have in common whose rows are the same, in hexadecimal."""
    told = {
        "sammoe": __version__,
        "bundle": bundle_hash,
        "plan": asdict(replace(plan, bundle=None, threads=None)),
        "cases": [asdict(case) for case in cases],
        "files": [_look(path) for c in cases for path in (c.entry.image, c.entry.labels)],
    }
    return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


def earlier_rows(folder: Path, study: str) -> list[Row]:
    """Return the rows of whole cases that a run of this study left when it was ended.

    They are in the part, or in the report where it was stopped and could still write one. A part
    of another study is put aside.
    """
    begun, name = _begun(folder)
    part = folder / PART_FILE
    if begun != study:
        if _has_rows(part):
            part.rename(next(path for n in count(1) if not (path := _aside(folder, n)).exists()))
        return []
    rows = read_csv(folder / name)
    if name == CSV_FILE:
        return rows
    return [row for row in rows if row.case != rows[-1].case]  # the last one may be cut off


def start_rows(
    folder: Path, *, study: str = "", rows: Sequence[Row] = ()
) -> Callable[[Sequence[Row]], None]:
    """Begin a report's rows; returns what adds those of a case, so that a crash loses none.

    They have a file of their own until the report is written: an earlier one stays till then.

    Args:
        folder: As `make_report_folder` leaves it.
        study: What `study_of` returns.
        rows: Which are there already.
    """
    write_csv(folder / PART_FILE, rows)
    _note(folder, study, PART_FILE)
    return partial(append_csv, folder / PART_FILE)


def forget_rows(folder: Path, *, is_whole: bool) -> None:
    """Remove the part: the report holds its rows.

    Args:
        folder: Of the report.
        is_whole: No case is missing; otherwise the same study may go on from the report.
    """
    study, _ = _begun(folder)
    if is_whole:
        (folder / _STUDY_FILE).unlink(missing_ok=True)
    elif study:
        _note(folder, study, CSV_FILE)
    (folder / PART_FILE).unlink(missing_ok=True)


def _begun(folder: Path) -> tuple[str, str]:
    """Return which study was begun and not ended, and where its rows are; empty: none."""
    try:
        said = json.loads((folder / _STUDY_FILE).read_bytes())
        return str(said["study"]), CSV_FILE if said["rows"] == CSV_FILE else PART_FILE
    except (OSError, ValueError, LookupError, TypeError):
        return "", PART_FILE


def _note(folder: Path, study: str, rows: str) -> None:
    with written_whole(folder / _STUDY_FILE) as stream:
        stream.write(json.dumps({"study": study, "rows": rows}).encode())


def _look(path: Path) -> tuple[int, int] | None:
    """Return what differs between two contents of a file; None: it is not to be seen here."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _has_rows(part: Path) -> bool:
    """Say whether a part has more than its header; another version's may have other columns."""
    try:
        return part.read_bytes().count(b"\n") > 1
    except OSError:
        return False


def _aside(folder: Path, number: int) -> Path:
    return folder / f"rows.part.{number}.csv"
