"""A trained gate's last layer moved by prompts from elsewhere."""

import pytest
import torch

from sammoe.model.gate import Gate
from sammoe.training.gate.bank import GateBank
from sammoe.training.gate.calibrate import destinations
from sammoe.training.gate.fit import GateOptions, fit_gate, gate_scores
from sammoe.training.gate.last_layer import fit_biases, fit_last_layer

TAU = (0.5, 0.5)


def a_bank(count=60, *, seed=1, elsewhere=False):
    """Class 0, 1 and 'general' differ at the click; elsewhere 'general' looks half like class 0."""
    torch.manual_seed(seed)
    classes = torch.arange(count) % 3
    local = torch.randn(count, 2, 6) * 0.2
    local[:, :, :3] += torch.nn.functional.one_hot(classes, 3)[:, None].float() * 2
    if elsewhere:
        local[classes == 2, :, 0] += 2.5
        local[classes == 2, :, 4] += 1.5
    return GateBank(
        torch.zeros(count, 2, 8), torch.zeros(count, 9, 8), local,
        torch.ones(count, 2).long(), classes,
    )  # fmt: skip


@pytest.fixture(scope="module")
def gate():
    torch.manual_seed(0)
    gate = Gate(embed_dim=8, local_dim=6, num_experts=2, width=16, heads=2)
    return fit_gate(gate, a_bank(), options=GateOptions(steps=60, batch=16, learning_rate=1e-2))


def homes(gate, bank):
    """Return the share of each class that gets home."""
    home = destinations(gate_scores(gate, bank), TAU) == bank.classes
    return [float(home[bank.classes == column].float().mean()) for column in range(3)]


def test_prompts_from_elsewhere_get_home_and_those_it_knew_still_do(gate):
    there = a_bank(seed=5, elsewhere=True)
    assert homes(gate, there)[2] < 0.5
    moved = fit_last_layer(gate, a_bank(seed=3, elsewhere=True), a_bank())
    assert homes(moved, there)[2] > 0.8
    assert min(homes(moved, a_bank(seed=7))) > 0.9


def test_nothing_but_the_last_layer_moves_and_without_new_prompts_it_stays(gate):
    before = {name: value.clone() for name, value in gate.state_dict().items()}
    moved = fit_last_layer(gate, a_bank(elsewhere=True), a_bank()).state_dict()
    changed = {name for name, value in before.items() if not torch.equal(moved[name], value)}
    assert changed == {"head.weight", "head.bias"}
    assert all(torch.equal(gate.state_dict()[name], value) for name, value in before.items())


def test_biases_of_the_experts_that_are_named_follow_prompts_that_were_held_out(gate):
    raised = fit_last_layer(gate, a_bank(elsewhere=True), a_bank())
    with torch.no_grad():
        raised.head.bias[0] -= 4.0
        raised.head.bias[1] -= 4.0
    unsure = a_bank(seed=9)
    assert homes(raised, unsure)[0] < homes(fit_biases(raised, unsure, [0]), unsure)[0]
    settled = fit_biases(raised, unsure, [0])
    assert settled.head.bias[0] > raised.head.bias[0] + 1
    assert torch.equal(settled.head.bias[1:], raised.head.bias[1:])
    assert torch.equal(settled.head.weight, raised.head.weight)


def test_biases_stay_where_no_prompts_of_an_expert_were_held_out(gate):
    bank = a_bank()
    without = bank.select(torch.nonzero(bank.classes != 0).flatten())
    assert torch.equal(fit_biases(gate, without, [0]).head.bias, gate.head.bias)
