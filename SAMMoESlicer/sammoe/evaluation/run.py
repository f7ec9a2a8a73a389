"""Score every case once, with any `concurrent.futures.Executor`."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field

from ..errors import SAMMoEError
from ..labelled_scans import LeftOut
from .cases import Case
from .plan import EvaluationPlan
from .rows import Row
from .score_case import score_case

Scorer = Callable[[Case, EvaluationPlan], list[Row]]
NOT_REACHED = "not scored, the evaluation was stopped"


@dataclass(frozen=True)
class Scored:
    """What an evaluation gave.

    Attributes:
        rows: Of every case, in the order of the cases.
        failed: Cases that could not be scored, with the reason.
        stopped: Why it ended before the last case; empty: it did not.
    """

    rows: list[Row]
    failed: list[tuple[str, str]] = field(default_factory=list)
    stopped: str = ""


def score_cases(
    cases: Sequence[Case],
    plan: EvaluationPlan,
    executor: Executor,
    *,
    at_once: int,
    left_out: LeftOut | None = None,
    on_case: Callable[[int, int], None] | None = None,
    on_rows: Callable[[list[Row]], None] | None = None,
    score: Scorer = score_case,
) -> Scored:
    """Score every case once.

    Args:
        cases: What to score; whoever the executor asks must see their files.
        plan: How.
        executor: Does the work.
        at_once: So many cases are handed to it at a time.
        left_out: Told of cases that could not be scored, or not before Ctrl+C.
        on_case: Called with the number of cases done and of all.
        on_rows: Called with the rows of each case as they come.
        score: Scores one case.

    Raises:
        SAMMoEError: Two cases have one name.
    """
    if len({case.name for case in cases}) != len(cases):
        raise SAMMoEError("two cases of the evaluation have the same name")
    rows: dict[str, list[Row]] = {}
    failed: dict[str, str] = {}
    stopped = ""
    try:
        for name, future in _finished(cases, plan, executor, at_once, score):
            error = future.exception()
            if isinstance(error, BrokenExecutor):
                raise error
            if error is not None:
                failed[name] = str(error) or type(error).__name__
            else:
                rows[name] = future.result()
                if on_rows:
                    on_rows(rows[name])
            if on_case:
                on_case(len(rows) + len(failed), len(cases))
    except KeyboardInterrupt:
        stopped = NOT_REACHED
    except BrokenExecutor as error:
        stopped = f"not scored, a process died, maybe for want of memory ({error})"
    for case in cases:
        if left_out is not None and case.name not in rows:
            left_out.add(case.name, failed.get(case.name, stopped))
    ordered = [row for case in cases for row in rows.get(case.name, [])]
    return Scored(ordered, list(failed.items()), stopped)


def _finished(
    cases: Sequence[Case],
    plan: EvaluationPlan,
    executor: Executor,
    at_once: int,
    score: Scorer,
) -> Iterator[tuple[str, Future[list[Row]]]]:
    """Yield answers as they come; a case is handed over when another one is done."""
    left = list(cases)[::-1]
    running: dict[Future[list[Row]], str] = {}
    try:
        while left or running:
            while left and len(running) < at_once:
                case = left.pop()
                running[executor.submit(score, case, plan)] = case.name
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future
    finally:
        for future in running:
            future.cancel()
