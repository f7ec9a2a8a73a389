import numpy as np
import pytest

from sammoe import MaskPrompt, PromptError, PromptSet


@pytest.mark.parametrize(
    "fields",
    [
        {"points_ras": [(0, 0, 0)], "point_labels": []},
        {"points_ras": [(0, 0)], "point_labels": [1]},
        {"points_ras": [(0, 0, np.nan)], "point_labels": [1]},
        {"points_ras": [(0, 0, 0)], "point_labels": [2]},
        {"points_ras": [("a", 0, 0)], "point_labels": [1]},
        {"box_ras": [(0, 0, 0), (1, 1, 0)]},
        {"box_ras": [(0, 0, 0), (1, 1, 1), (2, 2, 2)]},
    ],
)
def test_malformed_prompts_are_refused(fields):
    with pytest.raises(PromptError):
        PromptSet(**fields)


def test_one_more_point_is_a_longer_prompt_with_the_same_beginning():
    one = PromptSet([(1, 2, 3)], [1])
    two = one.with_point((4, 5, 6), 0)
    assert len(two) == 2
    assert np.array_equal(two.first(1).points_ras, one.points_ras)
    assert two.point_labels.tolist() == [1, 0]


def test_two_corners_in_any_order_are_the_same_box():
    prompts = PromptSet(box_ras=[(5, -1, 3), (0, 4, 9)])
    corners = prompts.box_corners_ras
    assert len({tuple(corner) for corner in corners.tolist()}) == 8
    assert corners.min(axis=0).tolist() == [0, -1, 3]
    assert corners.max(axis=0).tolist() == [5, 4, 9]


def test_a_mask_prompt_fills_its_box():
    with pytest.raises(PromptError, match="does not fill"):
        MaskPrompt(np.ones((2, 2, 2), bool), [(0, 0, 0), (2, 2, 3)])
