"""The gate: its columns are the experts', and nothing about them depends on their order."""

import pytest
import torch
from torch import nn

from sammoe.model.compact import build_compact
from sammoe.model.gate import Gate
from sammoe.model.sam_moe import SamMoE
from tiny_compact import TINY

SIZES = {"embed_dim": 12, "local_dim": 9, "width": 16, "heads": 2}
ORDER = [2, 0, 1]


@pytest.fixture
def asked():
    torch.manual_seed(0)
    labels = torch.tensor([[1, 0, -1], [1, -1, -1]])
    return torch.rand(2, 3, 12), torch.rand(2, 27, 12), torch.rand(2, 3, 9), labels


@pytest.fixture
def gate():
    torch.manual_seed(2)
    return Gate(num_experts=3, **SIZES).eval()


def permuted(gate, order):
    other = Gate(num_experts=gate.num_experts, **SIZES).eval()
    state = gate.state_dict()
    columns = [*order, gate.num_experts]
    for name in ("head.weight", "head.bias"):
        state[name] = state[name][columns]
    other.load_state_dict(state)
    return other


def test_there_is_one_column_for_each_expert_and_one_for_general(gate, asked):
    assert gate(*asked).shape == (2, 4)


def test_permuting_experts_with_their_columns_permutes_the_scores(gate, asked):
    scores = gate(*asked).softmax(-1)
    moved = permuted(gate, ORDER)(*asked).softmax(-1)
    torch.testing.assert_close(moved, scores[:, [*ORDER, 3]])


def test_padding_points_change_nothing(gate, asked):
    sparse, tokens, local, labels = asked
    longer = torch.cat([local, torch.rand(2, 2, 9)], dim=1)
    padded = torch.cat([labels, -torch.ones(2, 2).long()], dim=1)
    torch.testing.assert_close(gate(sparse, tokens, longer, padded), gate(*asked))


def test_the_answer_depends_on_the_features_at_the_clicks(gate, asked):
    sparse, tokens, local, labels = asked
    assert (gate(sparse, tokens, local + 1.0 * torch.rand(2, 3, 9), labels) - gate(*asked)).any()


@pytest.mark.parametrize("column", [0, 3])
def test_a_new_column_with_units_of_its_own_leaves_the_others_as_they_were(gate, asked, column):
    units, row = nn.Linear(32, 5), nn.Linear(16 + 5, 1)
    before, grown = gate(*asked), gate.with_column(column, units, row)
    after = grown(*asked)
    others = [n for n in range(5) if n != column]
    torch.testing.assert_close(after[:, others], before)
    summary = gate.summary(*asked)
    seen = torch.cat([gate.units(summary), torch.relu(units(summary))], dim=1)
    torch.testing.assert_close(after[:, column], row(seen)[:, 0])
    assert (grown.num_experts, gate.num_experts) == (4, 3)
    assert grown.hidden.out_features == 16 + 5


def test_a_column_goes_with_the_units_that_only_it_looked_at(gate, asked):
    first = gate.with_column(3, nn.Linear(32, 5), nn.Linear(16 + 5, 1))
    second = first.with_column(4, nn.Linear(32, 2), nn.Linear(16 + 7, 1)).without_column(3)
    assert second.hidden.out_features == 16 + 5 + 2  # the second looks at the first one's as well
    torch.testing.assert_close(second(*asked)[:, [0, 1, 2, 4]], gate(*asked))
    again = first.without_column(3)
    assert again.hidden.out_features == 16
    torch.testing.assert_close(again(*asked), gate(*asked))


def a_mixture(order):
    torch.manual_seed(3)
    backbone, general = build_compact(**TINY)
    decoders = [backbone.new_decoder() for _ in range(3)]
    gate = Gate(embed_dim=backbone.embed_dim, local_dim=backbone.local_dim, num_experts=3)
    if order != [0, 1, 2]:
        for value in (gate.head.weight, gate.head.bias):
            value.data.copy_(value.data[[*order, 3]].clone())
    experts = {f"expert-{n}": decoders[n] for n in order}
    return SamMoE(backbone, general=general, experts=experts, gate=gate).eval()


def test_permuting_experts_with_gate_columns_changes_nothing_for_the_user():
    patch, prompts = torch.rand(1, 1, 16, 16, 16), {}
    prompts["point_coords"] = torch.tensor([[[4.0, 5, 6]]])
    prompts["point_labels"] = torch.ones(1, 1).long()
    found = []
    for order in ([0, 1, 2], ORDER):
        model = a_mixture(order)
        embedding = model.encode_image(patch)
        scores = dict(zip(model.expert_ids, model.gate(embedding, **prompts)[0], strict=False))
        masks = {i: model.decode(embedding, **prompts, expert=i) for i in model.expert_ids}
        found.append((scores, masks))
    for expert_id in found[0][0]:
        torch.testing.assert_close(found[0][0][expert_id], found[1][0][expert_id])
        torch.testing.assert_close(found[0][1][expert_id], found[1][1][expert_id])


def test_scores_of_the_mixture_sum_to_one():
    model = a_mixture([0, 1, 2])
    embedding = model.encode_image(torch.rand(1, 1, 16, 16, 16))
    point = torch.tensor([[[4.0, 5, 6]]])
    scores = model.gate(embedding, point_coords=point, point_labels=torch.ones(1, 1).long())
    torch.testing.assert_close(scores.sum(-1), torch.ones(1))


def test_adding_an_expert_leaves_every_other_weight_unchanged():
    model = a_mixture([0, 1, 2])
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.add_expert("expert-new", model.family.new_decoder())
    after = model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
