"""The tables of real structures: means by group, and where the gate sent each."""

import pytest

from sammoe.training.click_through import Score
from sammoe.training.evaluate import means, routing, table

SCORES = [
    Score("a", "compact", None, (0.2, 0.3, 0.4), None, 0.1, box_dice=0.1),
    Score("b", "rib", "rib", (0.6, 0.7, 0.8), "rib", 0.1, box_dice=0.3),
    Score("c", "rib", "rib", (0.4, 0.5, 0.6), "vessel", 0.1, box_dice=0.5),
]


def test_means_are_by_group_and_a_boxs_own_comes_first():
    found = means(SCORES)
    assert list(found) == ["all", "compact", "rib"]
    assert found["all"] == pytest.approx([0.3, 0.4, 0.6])
    assert found["rib"] == pytest.approx([0.4, 0.5, 0.7])


def test_a_table_has_a_row_for_each_group_and_a_column_for_the_clicks_that_were_made():
    lines = table(SCORES).splitlines()
    assert lines[0] == "| group | n | box | 1 clicks | 3 clicks |"
    assert lines[-1] == "| rib | 2 | 0.400 | 0.500 | 0.700 |"


def test_routing_counts_own_tasks_that_get_home_and_nobodys_that_do_not():
    assert routing(SCORES) == {"rib to its expert": "1 of 2", "nobody's to an expert": "0 of 1"}
    lost = Score("d", "tube", None, (0.1,), "vessel", 0.1)
    assert routing([*SCORES, lost])["nobody's to an expert"] == "1 of 2"
