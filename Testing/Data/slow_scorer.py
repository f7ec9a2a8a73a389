"""Scores a case without a model, slowly, and leaves a trace of every attempt."""

import os
import time
import uuid
from pathlib import Path

from sammoe.errors import GeometryError
from sammoe.evaluation.cases import Case
from sammoe.evaluation.plan import EvaluationPlan
from sammoe.evaluation.rows import Row


def make_row(case: Case, **values) -> Row:
    """Return a row of a case with some values."""
    row = {"case": case.name, "class_name": case.class_name, "group": case.group,
           "patient": case.patient or case.name, "user": 0, "series": "points:1", "clicks": 1,
           "trajectory": "general", "dice": 0.5, "nsd": 0.5, "hd95_mm": 3.0, "expected": "",
           "top": "", "top_score": 0.0, "tau": 0.5, "seconds": 0.1}  # fmt: skip
    return Row(**{**row, **values})


def score_slowly(case: Case, plan: EvaluationPlan) -> list[Row]:
    """Leave a file with this process's number in the plan's `bundle` folder, wait, answer."""
    assert plan.bundle is not None
    trace = Path(plan.bundle) / f"{case.name}-{uuid.uuid4().hex}"
    trace.write_text(str(os.getpid()))
    if case.name == "fatal":
        os._exit(3)
    if case.name == "bad":
        raise GeometryError("this case cannot be read")
    time.sleep(0.4)
    return [make_row(case)]
