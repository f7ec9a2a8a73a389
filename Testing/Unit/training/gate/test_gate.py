"""What a gate learns, how its thresholds are set, and what is said of them."""

import torch

from sammoe.model.gate import Gate
from sammoe.training.gate.bank import GateBank
from sammoe.training.gate.calibrate import calibrate_tau, cross_checked_homes, destinations
from sammoe.training.gate.fit import GateOptions, fit_gate, gate_scores


def a_bank(count=30, *, seed=1):
    """Class 0 and 1 differ from 'general' in what lies at the click."""
    torch.manual_seed(seed)
    classes = torch.arange(count) % 3
    local = torch.randn(count, 2, 6) * 0.2
    local[:, :, :3] += torch.nn.functional.one_hot(classes, 3)[:, None].float() * 2
    labels = torch.ones(count, 2).long()
    return GateBank(torch.randn(count, 2, 8), torch.randn(count, 9, 8), local, labels, classes)


def test_a_trained_gate_routes_prompts_it_has_never_seen_to_their_columns():
    torch.manual_seed(0)
    gate = Gate(embed_dim=8, local_dim=6, num_experts=2, width=16, heads=2)
    before = homes(gate_scores(gate.eval(), a_bank(60, seed=7)), a_bank(60, seed=7).classes)
    fit_gate(gate, a_bank(), options=GateOptions(steps=60, batch=16, learning_rate=1e-2))
    fresh = a_bank(60, seed=7)
    scores = gate_scores(gate, fresh)
    torch.testing.assert_close(scores.sum(1), torch.ones(60))
    assert min(homes(scores, fresh.classes)) > 0.8
    assert min(before) < 0.5


def homes(scores, classes, tau=(0.5, 0.5)):
    """Return the share of each class that gets home."""
    home = destinations(scores, tau) == classes
    return [float(home[classes == column].float().mean()) for column in range(3)]


def test_the_calibrated_threshold_keeps_general_prompts_from_the_experts():
    torch.manual_seed(0)
    classes = torch.cat([torch.full((200,), 2), torch.zeros(50).long(), torch.ones(50).long()])
    wrong = torch.rand(200, 1) * 0.9
    general = torch.cat([wrong, (1 - wrong) * 0.3, (1 - wrong) * 0.7], dim=1)
    own = torch.tensor([[0.97, 0.02, 0.01]] * 50 + [[0.02, 0.97, 0.01]] * 50)
    scores = torch.cat([general, own])
    tau = calibrate_tau(scores, classes, least=[0.5, 0.5])
    assert homes(scores, classes, tau)[2] >= 0.95
    assert homes(scores, classes, tau)[:2] == [1.0, 1.0]
    assert all(0.5 <= threshold <= 0.97 for threshold in tau)


def test_what_an_expert_does_not_need_of_the_prompts_that_may_go_astray_goes_to_the_others():
    wrong = torch.linspace(0.3, 0.9, 100)
    scores = torch.zeros(400, 3)
    scores[:100, 0], scores[100:200, 1], scores[200:, 2] = wrong, wrong, 1.0
    classes = torch.full((400,), 2)
    shared = calibrate_tau(scores, classes, least=[0.5, 0.5])
    held_back = calibrate_tau(scores, classes, least=[0.95, 0.5])
    assert shared[0] == shared[1] > held_back[1] > 0.5
    assert held_back[0] == 0.95
    for tau in (shared, held_back):
        assert 0.95 <= homes(scores, classes, tau)[2] <= 1.0
    assert homes(scores, classes, held_back)[2] < 0.97


def test_what_is_said_of_a_threshold_is_measured_on_prompts_it_was_not_set_with():
    classes = torch.full((400,), 1)
    top = torch.full((400,), 0.1)
    top[::2] = 0.9  # Every second prompt, all of one half, looks like the expert's.
    scores = torch.stack([top, 1 - top], dim=1)
    tau = calibrate_tau(scores, classes, least=[0.5])
    assert tau == [0.92]
    assert float((destinations(scores, tau) == classes).float().mean()) == 1.0
    assert cross_checked_homes(scores, classes, least=[0.5])[1] == 0.5


def test_a_threshold_that_stays_takes_its_share_of_the_prompts_that_may_go_astray():
    wrong = torch.linspace(0.3, 0.9, 100)
    scores = torch.zeros(400, 3)
    scores[:100, 0], scores[100:200, 1], scores[200:, 2] = wrong, wrong, 1.0
    classes = torch.full((400,), 2)
    alone = calibrate_tau(scores, classes, least=[0.5, 0.5], kept={0: 0.95})
    beside = calibrate_tau(scores, classes, least=[0.5, 0.5], kept={0: 0.85})
    assert (alone[0], beside[0]) == (0.95, 0.85)
    assert 0.5 < alone[1] < beside[1]
    assert homes(scores, classes, beside)[2] >= 0.95
    crowded = calibrate_tau(scores, classes, least=[0.5, 0.5], kept={0: 0.1})
    assert crowded[1] == 0.92  # nothing is left: above all of them
    assert calibrate_tau(scores, classes, least=[0.5, 0.5], kept={0: 0.2, 1: 0.3}) == [0.2, 0.3]
