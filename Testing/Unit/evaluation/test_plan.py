"""Which classes, experts, prompts and modes are evaluated."""

from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path

import pytest

from sammoe.commands.cases import class_experts
from sammoe.errors import SAMMoEError
from sammoe.evaluation import (
    Case,
    EvaluationPlan,
    Series,
    Wanted,
    check_classes,
    check_pinned,
    find_cases,
    parse_modes,
    parse_series,
)
from sammoe.evaluation.experts import expert_of
from sammoe.evaluation.plan import BASELINE, EXPERTS, MIXTURE
from sammoe.labelled_scans import Entry, LeftOut


def test_a_class_without_an_expert_is_expected_to_stay_with_the_general_decoder():
    case = Case("a:1", "Liver", Entry("a", Path("a"), Path("b")), 1)
    assert expert_of(case, {}, ("liver",)) == "liver"
    assert expert_of(case, {}, ("spleen",)) == ""
    told_by_data = replace(case, expert="spleen")
    assert expert_of(told_by_data, {}, ("liver", "spleen")) == "spleen"
    for told in ({"Liver": "spleen"}, {"1": "spleen"}):
        assert expert_of(case, told, ("spleen",)) == "spleen"


def test_a_range_of_label_values_may_be_one_experts_task():
    assert class_experts("2-4=rib") == {"2": "rib", "3": "rib", "4": "rib"}
    assert class_experts("left-rib=rib") == {"left-rib": "rib"}
    with pytest.raises(ArgumentTypeError, match="empty range"):
        class_experts("4-2=rib")


def test_a_range_needs_one_of_its_classes_only_and_a_class_may_be_named_but_not_drawn(place):
    cases = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))
    told = [{"1": "liver", "7": "liver"}, {"box": "vessels"}]
    check_classes(told, cases, {"2", "box"})
    with pytest.raises(SAMMoEError, match="no class 'box'; the classes are: 1 ball"):
        check_classes(told, cases)


def test_pinned_experts_alone_need_a_class_and_beside_other_modes_they_do_not(place):
    cases = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))
    check_pinned(cases, EvaluationPlan(modes=(EXPERTS,)), ("ball",))
    check_pinned(cases, EvaluationPlan(modes=(BASELINE, EXPERTS)), ())
    with pytest.raises(SAMMoEError, match="the experts are: none"):
        check_pinned(cases, EvaluationPlan(modes=(EXPERTS,)), ())


def test_prompts_and_modes_are_read_as_they_are_written():
    assert parse_series("points:6,box,box:3,mask:2,box+point:4") == (
        Series("points", 6),
        Series("box", 0),
        Series("box", 3),
        Series("mask", 2),
        Series("box+point", 4),
    )
    assert list(Series("box+point", 2).counts) == list(Series("points", 2).counts) == [1, 2]
    assert [series.name for series in parse_series("points, box")] == ["points:1", "box"]
    assert list(Series("box", 2).counts) == list(Series("mask", 2).counts) == [0, 1, 2]
    assert parse_modes("mixture,expert:rib,mixture") == (MIXTURE, "expert:rib")


@pytest.mark.parametrize(
    "text",
    ["", "points:0", "points:x", "lasso", "box+point:0", "points:6;box", "box:999", "mask:0"],
)
def test_prompts_that_make_no_sense_are_refused(text):
    with pytest.raises(SAMMoEError):
        parse_series(text)
