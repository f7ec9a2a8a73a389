"""Rows of an evaluation written by hand."""

from pathlib import Path

from sammoe.evaluation import Case, Row
from sammoe.labelled_scans import Entry
from slow_scorer import make_row


def rows_of_two_tasks() -> list[Row]:
    """A vessel the gate is sure of (0.8), a kidney it is not (0.4); fused is good for vessels.

    The product fused the one and not the other.
    """
    vessel, kidney = (
        Case(name, name, Entry(name, Path("a"), Path("b")), 1, group=group)
        for name, group in (("vessel", "tubes"), ("kidney", "organs"))
    )
    gate = {"vessel": {"expected": "tube", "top": "tube", "top_score": 0.8},
            "kidney": {"top": "tube", "top_score": 0.4}}  # fmt: skip
    dice = {
        "vessel": {"general": 0.3, "weighted": 0.7, "mixture": 0.7, "pinned:tube": 0.8},
        "kidney": {"general": 0.9, "weighted": 0.2, "mixture": 0.9, "pinned:tube": 0.1},
    }
    return [
        make_row(case, trajectory=name, dice=value, **gate[case.name])
        for case in (vessel, kidney)
        for name, value in dice[case.name].items()
    ]
