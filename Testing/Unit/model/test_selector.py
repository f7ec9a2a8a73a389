import pytest
import torch

from sammoe import Fusion
from sammoe.model import Selection, fuse, select

SCORES = torch.tensor([0.625, 0.125, 0.25])
GENERAL = torch.tensor([[-1.0, 2.0]])
EXPERT = torch.tensor([[3.0, -2.0]])


@pytest.mark.parametrize(
    ("tau", "muted", "expert"),
    [(0.5, (), 0), (0.625, (), None), (0.05, (0,), 1), (0.5, (0,), None), (0.0, (0, 1), None)],
)
def test_the_top_expert_joins_only_above_its_threshold(tau, muted, expert):
    assert select(SCORES, [tau, tau], muted=frozenset(muted)).expert == expert


def test_each_expert_has_its_own_threshold():
    assert select(SCORES, [0.7, 0.05]).expert is None
    assert select(SCORES, [0.5, 0.9]).expert == 0


def test_general_is_never_an_expert():
    assert select(torch.tensor([1.0]), []).expert is None


def test_the_weighted_sum_is_the_papers_equation():
    fused = fuse(GENERAL, EXPERT, Selection(0, 0.75, 0.2))
    assert torch.allclose(fused, 0.25 * GENERAL + 0.75 * EXPERT)


def test_without_an_expert_the_general_logits_come_back_as_they_are():
    assert fuse(GENERAL, None, Selection(None, 0.0, 1.0)) is GENERAL


def test_the_ablations_weigh_otherwise():
    selection = Selection(0, 0.9, 0.1)
    average = fuse(GENERAL, EXPERT, selection, fusion=Fusion.AVERAGE)
    assert torch.allclose(average, (GENERAL + EXPERT) / 2)
    after = fuse(GENERAL, EXPERT, selection, fusion=Fusion.SOFTMAX_AFTER)
    weight = torch.softmax(torch.tensor([0.1, 0.9]), 0)[1]
    assert torch.allclose(after, (1 - weight) * GENERAL + weight * EXPERT)
