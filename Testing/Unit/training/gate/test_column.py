"""An expert that joins a trained gate: it is found, and nobody else is forgotten."""

import pytest
import torch

from sammoe.bundle import build_model, default_bundle_path, read_bundle
from sammoe.training.gate.bank import GateBank, bundle_bank, with_new_class
from sammoe.training.gate.calibrate import destinations
from sammoe.training.gate.column import OWN_UNITS, fit_column
from sammoe.training.gate.fit import GateOptions, gate_scores, summaries

ONE_MORE = 60


@pytest.fixture(scope="module")
def embedded():
    return read_bundle(default_bundle_path())


@pytest.fixture(scope="module")
def gate(embedded):
    return build_model(embedded).gate_network


def joined(bank: GateBank, *, column: int, seed: int) -> GateBank:
    """Return the bank, and clicks of a new task: nobody's, with something new about them."""
    torch.manual_seed(seed)
    general = torch.nonzero(bank.classes == bank.classes.max()).flatten()
    new = bank.select(general[torch.randint(len(general), (ONE_MORE,))])
    mark = torch.zeros(new.local.shape[-1])
    mark[::7] = 3.0
    local = new.local.float() + mark + 0.3 * torch.randn_like(new.local.float())
    new = GateBank(new.sparse, new.tokens, local, new.point_labels, torch.full((ONE_MORE,), column))
    return GateBank.joined([with_new_class(bank, column), new])


def test_an_expert_that_joins_is_found_and_every_other_prompt_goes_where_it_went(embedded, gate):
    bank, experts = bundle_bank(embedded), gate.num_experts
    tau = [embedded.card.tau_of(expert) for expert in embedded.card.expert_ids]
    before = destinations(gate_scores(gate, bank), tau)
    grown = fit_column(gate, joined(bank, column=experts, seed=0), experts, options=GateOptions())
    fresh = joined(bank, column=experts, seed=1)
    found = destinations(gate_scores(grown, fresh), [*tau, 0.5])
    assert float((found[fresh.classes == experts] == experts).float().mean()) > 0.9
    after = found[: len(before)]
    moved = torch.where(after > experts, experts, after) != before
    assert float(moved.float().mean()) < 0.02


def test_the_other_columns_answer_as_before_and_the_same_seed_gives_the_same_gate(embedded, gate):
    bank = joined(bundle_bank(embedded), column=2, seed=0)
    quick = GateOptions(steps=20)
    grown, again = (fit_column(gate, bank, 2, options=quick) for _ in range(2))
    summary = summaries(gate, bank)
    others = [0, 1, 3, 4, 5, 6]
    torch.testing.assert_close(grown.score(summary)[:, others], gate.score(summary))
    assert torch.equal(grown.score(summary), again.score(summary))
    assert grown.hidden.out_features == gate.hidden.out_features + OWN_UNITS
    assert torch.equal(grown.local_mean, gate.local_mean)


def test_a_column_that_is_learnt_anew_brings_no_further_units(embedded, gate):
    bank, quick = joined(bundle_bank(embedded), column=5, seed=0), GateOptions(steps=5)
    grown = fit_column(gate, bank, 5, options=quick)
    again = fit_column(grown.without_column(5), bank, 5, options=quick)
    assert again.hidden.out_features == grown.hidden.out_features
