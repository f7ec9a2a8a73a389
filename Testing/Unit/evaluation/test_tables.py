"""What the tables of a report say, on rows written by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from report_rows import rows_of_two_tasks
from sammoe.evaluation import Case, EvaluationPlan
from sammoe.evaluation.calibration import calibration_error, confusion, reliability
from sammoe.evaluation.intervals import estimate
from sammoe.evaluation.methods import (
    BASELINE_METHOD,
    MIXTURE_METHOD,
    ablations_of,
    methods_of,
    mixture_rows,
)
from sammoe.evaluation.pictures import worst_cases
from sammoe.evaluation.tables import (
    forgetting,
    groups,
    table_by_class,
    table_by_click,
    table_of_methods,
    table_of_thresholds,
)
from sammoe.labelled_scans import Entry
from slow_scorer import make_row

ROWS = rows_of_two_tasks()
PLAN = EvaluationPlan(modes=("baseline", "experts", "expert:tube", "mixture"))


def test_the_mixture_is_the_product_itself_and_other_thresholds_are_judged_by_its_parts():
    shown = [replace(row, dice=0.55) if row.trajectory == "mixture" else row for row in ROWS]
    assert {row.dice for row in mixture_rows(shown)} == {0.55}
    assert mixture_rows(shown, tau=0.5) == mixture_rows(ROWS, tau=0.5)
    assert {row.trajectory for row in mixture_rows(shown, tau=0.5)} == {"weighted", "general"}


def test_the_mixture_takes_the_expert_only_above_the_threshold():
    chosen = {tau: [row.dice for row in mixture_rows(ROWS, tau=tau)]
              for tau in (None, 0.3, 0.5, 0.9)}  # fmt: skip
    assert chosen == {None: [0.7, 0.9], 0.3: [0.7, 0.2], 0.5: [0.7, 0.9], 0.9: [0.3, 0.9]}


def test_table_1_has_a_line_a_group_and_no_number_where_a_method_answers_a_part_only():
    methods = methods_of(PLAN, ["tube"])
    assert [m.name for m in methods] == ["baseline", "own expert alone", "tube alone", "mixture"]
    lines = table_of_methods(ROWS, methods, gains=[MIXTURE_METHOD]).splitlines()
    assert lines[0].endswith("| own expert alone | tube alone | mixture | mixture - baseline |")
    cells = {line.split(" | ")[0].lstrip("| "): line for line in lines[2:]}
    assert "| 2 cases (2 patients) | 0.600 [0.300, 0.900] | - | 0.450" in cells["all"]
    assert cells["tubes"].endswith("| 0.300 | 0.800 | 0.800 | 0.700 | +0.400 |")
    assert cells["nobody's task"].endswith("| 0.900 | - | 0.100 | 0.900 | +0.000 |")


def test_table_2_has_the_papers_lines_and_the_upper_bound_never_errs():
    methods = ablations_of(PLAN, ["tube"])
    assert [method.name for method in methods] == [
        "baseline", "upper bound", "tau 0.5", "tau 0.7", "average", "softmax-after",
        "tau calibrated per expert",
    ]  # fmt: skip
    assert [row.dice for row in methods[1].rows(ROWS)] == [0.8, 0.9]


def test_what_is_forgotten_is_measured_on_nobodys_tasks():
    said = forgetting(ROWS, methods_of(PLAN, ["tube"]))
    assert "1 cases (1 patients)" in said
    assert "tube alone -0.800; mixture +0.000" in said
    assert "Every case is an expert's task" in forgetting([ROWS[0]], [BASELINE_METHOD])


def test_groups_are_what_the_data_set_says_and_whose_task_it_is():
    assert list(groups(ROWS)) == ["all", "experts' tasks", "nobody's task", "organs", "tubes"]
    assert list(groups([row for row in ROWS if row.expected])) == ["all", "tubes"]


def test_classes_and_clicks_and_thresholds():
    methods = methods_of(PLAN, ["tube"])
    table = table_by_class(ROWS, methods, "points:1").splitlines()
    assert table[2].startswith("| vessel | tubes | tube | 1 | 0.300 | 0.500 | 3.0 | 0.800 ")
    assert table[3].startswith("| kidney | organs | - | 1 | 0.900 | 0.500 | 3.0 | - | - | - ")
    assert table[4].startswith("| all | - | - | 2 | 0.600 ± 0.300 ")
    by_click = table_by_click(ROWS, methods)
    assert "| all | mixture | points:1 | 0.800 |" in by_click
    assert "| tubes | own expert alone | points:1 | 0.800 |" in by_click
    assert "| all | own expert alone" not in by_click
    sweep = table_of_thresholds(ROWS).splitlines()
    assert "| 0.3 | 0.450 | 0.700 | 0.200 | 0.200 | 0.700 |" in sweep
    assert "| 0.5 | 0.800 | 0.700 | 0.900 | 0.900 | 0.700 |" in sweep
    assert confusion(ROWS, ["tube"]) == [[1, 0], [0, 1]]


def test_several_users_of_a_case_are_several_tries_and_not_several_cases():
    others = [replace(row, user=1, dice=row.dice - 0.1) for row in ROWS]
    methods = methods_of(PLAN, ["tube"])
    both = [*ROWS, *others]
    assert "| all | mixture | points:1 | 0.750 ± 0.071 |" in table_by_click(both, methods)
    lines = table_of_methods(both, methods, gains=[MIXTURE_METHOD])
    assert (
        "| nobody's task | points:1 | 1 cases (1 patients) | 0.850 | - | 0.050 | 0.850 | +0.000 |"
        in lines
    )
    assert "mixture +0.000" in forgetting(both, methods)
    assert confusion(both, ["tube"]) == [[2, 0], [0, 2]]
    assert [(row.case, row.user) for row in worst_cases(both, BASELINE_METHOD, "points:1", 2)] == [
        ("vessel", 1), ("kidney", 1),
    ]  # fmt: skip


def many_prompts(count: int, right: float) -> list:
    """Prompts of scores spread evenly over 0 to 1, of which a share is the top expert's."""
    rng = np.random.default_rng(0)
    return [
        make_row(
            Case(f"case{n}", "a", Entry("a", Path("a"), Path("b")), 1), top="tube",
            top_score=(n + 0.5) / count, expected="tube" if rng.random() < right else "",
        )
        for n in range(count)
    ]  # fmt: skip


def test_a_bin_of_the_reliability_curve_has_enough_prompts_to_say_something():
    assert [found.count for found in reliability(many_prompts(100, 0.5))] == [20] * 5
    assert [found.count for found in reliability(many_prompts(7, 0.5))] == [7]
    assert reliability([]) == []
    assert calibration_error(reliability(many_prompts(200, 1.0))) == pytest.approx(0.5)


def test_an_interval_is_over_patients_and_not_over_their_scans():
    rng = np.random.default_rng(1)
    own = rng.normal(0.5, 0.2, 12)
    alone = estimate((f"p{n}", value) for n, value in enumerate(own))
    ten_each = estimate((f"p{n}", value) for n, value in enumerate(own) for _ in range(10))
    assert (ten_each.cases, ten_each.patients) == (120, 12)
    assert ten_each.high - ten_each.low == pytest.approx(alone.high - alone.low)
    assert alone.low < alone.mean < alone.high
    assert estimate([("p", 0.4), ("p", 0.6)]).low is None


def test_the_worst_cases_are_those_of_the_lowest_dice_after_the_last_click():
    assert [row.case for row in worst_cases(ROWS, MIXTURE_METHOD, "points:1", 1)] == ["vessel"]
    assert [row.case for row in worst_cases(ROWS, BASELINE_METHOD, "points:1", 2)] == [
        "vessel", "kidney",
    ]  # fmt: skip
