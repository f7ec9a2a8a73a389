"""Score cases here, or spread them over a dask cluster; every case is counted once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import SAMMoEError, WorkerError
from ..labelled_scans import LeftOut
from .cases import StudyCase
from .plan import StudyPlan
from .rows import Row

Scorer = Callable[[StudyCase, StudyPlan], list[Row]]
RETRIES = 2
NOT_REACHED = "not scored, the evaluation was stopped"


@dataclass(frozen=True)
class StudyResult:
    """What a study gave.

    Attributes:
        rows: Of every case, in the order of the cases.
        failed: Cases that could not be scored, with the reason.
        stopped: Whether Ctrl+C ended it before the last case.
    """

    rows: list[Row]
    failed: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False


def run_study(
    cases: Sequence[StudyCase],
    plan: StudyPlan,
    *,
    scheduler: str | None = None,
    left_out: LeftOut | None = None,
    on_case: Callable[[int, int], None] | None = None,
    on_rows: Callable[[list[Row]], None] | None = None,
    score: Scorer | None = None,
) -> StudyResult:
    """Score every case once.

    Args:
        cases: What to score; on a cluster every worker must see their files.
        plan: How.
        scheduler: Address of a dask scheduler, e.g. `tcp://host:8786`; None: this process.
        left_out: Told of cases that could not be scored, or not before Ctrl+C.
        on_case: Called with the number of cases done and of all.
        on_rows: Called with the rows of each case as they come.
        score: Scores one case; None: `score_case`.

    Raises:
        WorkerError: The scheduler cannot be reached.
        SAMMoEError: `distributed` is missing, or two cases have one name.
    """
    if len({case.name for case in cases}) != len(cases):
        raise SAMMoEError("two cases of the study have the same name")
    scorer = score or _default_scorer()
    answers = _here(cases, plan, scorer) if scheduler is None else _on_cluster(
        cases, plan, scorer, scheduler
    )  # fmt: skip
    rows: dict[str, list[Row]] = {}
    failed: dict[str, str] = {}
    stopped = False
    try:
        for name, answer in answers:
            if isinstance(answer, Exception):
                failed[name] = str(answer) or type(answer).__name__
            else:
                rows[name] = answer
                if on_rows:
                    on_rows(answer)
            if on_case:
                on_case(len(rows) + len(failed), len(cases))
    except KeyboardInterrupt:
        stopped = True
    for case in cases:
        if left_out is not None and case.name not in rows:
            left_out.add(case.name, failed.get(case.name, NOT_REACHED))
    ordered = [row for case in cases for row in rows.get(case.name, [])]
    return StudyResult(ordered, list(failed.items()), stopped)


def _default_scorer() -> Scorer:
    from .score_case import score_case

    return score_case


def _here(
    cases: Sequence[StudyCase], plan: StudyPlan, score: Scorer
) -> Iterator[tuple[str, list[Row] | Exception]]:
    for case in cases:
        try:
            yield case.name, score(case, plan)
        except SAMMoEError as error:
            yield case.name, error


def _on_cluster(
    cases: Sequence[StudyCase], plan: StudyPlan, score: Scorer, address: str
) -> Iterator[tuple[str, list[Row] | Exception]]:
    """Yield answers as they come; what a lost worker had is given to another one by dask."""
    client, as_completed = _connect(address)
    with client:
        names = {
            client.submit(score, case, plan, pure=False, retries=RETRIES): case.name
            for case in cases
        }
        for future in as_completed(list(names)):
            error = future.exception()
            if error is None:
                yield names[future], future.result()
            else:
                yield names[future], error if isinstance(error, Exception) else Exception(error)


def _connect(address: str) -> tuple[Any, Any]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise SAMMoEError(
            "--scheduler needs dask.distributed: pip install 'sammoe[train]'"
        ) from error
    try:
        return Client(address, timeout="20s"), as_completed
    except (OSError, ValueError, TimeoutError) as error:
        raise WorkerError(f"no dask scheduler answers at {address}: {error}") from error
