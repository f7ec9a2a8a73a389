"""Scribbles and lassos among the prompts: checked, in the order in which they were drawn."""

import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume
from sammoe import CurvePrompt, PromptError, PromptSet
from sammoe.prompt_checks import check_prompts
from sammoe.prompts import MOST_CURVES
from sammoe.provenance import prompt_values

LINE = [(0, 0, 0), (5, 1, 0), (9, 2, 2)]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"points_ras": []}, "1 to 20000 points, got 0"),
        ({"points_ras": np.zeros((20_001, 3))}, "1 to 20000 points"),
        ({"points_ras": LINE[:2], "closed": True}, "a lasso has at least three points, got 2"),
        ({"points_ras": [(0, 0)]}, "shape"),
        ({"points_ras": [(0, 0, np.inf)]}, "NaN or infinity"),
        ({"points_ras": LINE, "label": 2}, "label is 1 .* or 0"),
        ({"points_ras": LINE, "clicks_before": -1}, "counts from 0"),
    ],
)
def test_a_malformed_curve_is_refused(fields, message):
    with pytest.raises(PromptError, match=message):
        CurvePrompt(**fields)


def test_a_curve_after_clicks_that_were_never_made_is_refused():
    with pytest.raises(PromptError, match="after 2 clicks, but there are 1"):
        PromptSet([(0, 0, 0)], [1], curves=(CurvePrompt(LINE, clicks_before=2),))
    with pytest.raises(PromptError, match="at most 200"):
        PromptSet(curves=(CurvePrompt(LINE),) * (MOST_CURVES + 1))


def drawn_in_turn():
    """Click, scribble, lasso, click, scribble."""
    prompts = PromptSet().with_point((1, 2, 3), 1).with_curve(LINE, 0, closed=False)
    prompts = prompts.with_curve(LINE, 1, closed=True).with_point((4, 5, 6), 0)
    return prompts.with_curve(LINE, 1, closed=False)


def test_every_click_and_curve_is_a_step_in_its_own_place():
    prompts = drawn_in_turn()
    assert len(prompts) == 5
    assert prompts.point_steps.tolist() == [0, 3]
    assert prompts.curve_steps.tolist() == [1, 2, 4]
    assert prompts.step_labels.tolist() == [1, 0, 1, 0, 1]


def test_the_first_steps_are_what_was_there_when_they_were_made():
    prompts, made = drawn_in_turn(), []
    for count in range(7):
        first = prompts.first(count)
        made.append((len(first.point_labels), [curve.closed for curve in first.curves]))
    scribble, lasso = False, True
    assert made == [
        (0, []),
        (1, []),
        (1, [scribble]),
        (1, [scribble, lasso]),
        (2, [scribble, lasso]),
        (2, [scribble, lasso, scribble]),
        (2, [scribble, lasso, scribble]),
    ]


def test_curves_are_kept_in_the_order_of_the_clicks_before_them():
    late, early = CurvePrompt(LINE, 0, clicks_before=2), CurvePrompt(LINE, 1)
    prompts = PromptSet([(1, 2, 3), (4, 5, 6)], [1, 1], curves=(late, early))
    assert prompts.curves == (early, late)
    assert prompts.step_labels.tolist() == [1, 1, 1, 0]


def test_a_record_numbers_clicks_and_curves_in_one_order():
    values = prompt_values(drawn_in_turn())
    assert [click["number"] for click in values["clicks"]] == [1, 4]
    assert [curve["number"] for curve in values["curves"]] == [2, 3, 5]
    assert values["curves"][1] == {
        "number": 3, "label": 1, "isClosed": True, "pointsRas": np.array(LINE, float).tolist(),
    }  # fmt: skip


def test_a_scribble_alone_says_where_the_object_is_unless_it_is_negative_or_outside():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    line = centre_ras + np.array(LINE)
    check_prompts(PromptSet(curves=(CurvePrompt(line),)), volume)
    partly_outside = np.vstack([line, centre_ras + 500])
    check_prompts(PromptSet(curves=(CurvePrompt(partly_outside),)), volume)
    with pytest.raises(PromptError, match="place a foreground point"):
        check_prompts(PromptSet(curves=(CurvePrompt(line, 0),)), volume)
    curves = (CurvePrompt(line), CurvePrompt(line + 500, 0))
    with pytest.raises(PromptError, match="curve 2 lies outside the volume, which spans"):
        check_prompts(PromptSet(curves=curves), volume)
