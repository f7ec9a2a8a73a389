"""The bank of prompts a gate is trained from: what is kept, what is held out."""

import pytest
import torch

from sammoe.bundle import build_model
from sammoe.errors import SAMMoEError
from sammoe.training.gate.bank import GateBank, carried_bank, fitting_bank
from sammoe.training.gate.calibrate import CalibratedGate
from sammoe.training.gate.prompts import GateSamples, check_samples
from sammoe.training.loop.workshop import Workshop
from sammoe.training.samples.general_views import Views
from sammoe.training.stages.gate import embed_prompts
from tiny_bundle import with_bank, write_tiny_bundle
from toy_objective import Balls

BALLS = Views(Balls(), Balls(), Balls(), identity="balls")


def a_bank(counts: list[int]) -> GateBank:
    """Return samples of each class, every one of a patch of its own, in a random order."""
    classes = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    classes = classes[torch.randperm(len(classes), generator=torch.Generator().manual_seed(0))]
    count = len(classes)
    tokens = torch.arange(count).float()[:, None, None].expand(count, 2, 4)
    return GateBank(
        torch.zeros(count, 2, 4), tokens, torch.zeros(count, 1, 4), torch.ones(count, 1), classes
    )


def prompts_of(bundle, model, views=("liver", "vessels")):
    return embed_prompts(
        Workshop(bundle.path), model, dict.fromkeys((*views, "general"), BALLS),
        GateSamples(16, 24), carried=carried_bank(bundle, model.expert_ids),
    )  # fmt: skip


def patches_of(bank: GateBank) -> list[bytes]:
    return [row.half().numpy().tobytes() for row in bank.tokens]


def test_a_full_bank_keeps_some_of_every_class():
    bank = a_bank([60, 50, 3, 900])
    sample_bytes = 2 * (2 * 4 + 2 * 4 + 4 + 1)
    kept = fitting_bank(bank, 300 * sample_bytes)
    counts = torch.bincount(kept.classes).tolist()
    assert sum(counts) == 300
    assert counts[0] >= 40
    assert counts[1] >= 40
    assert counts[2] == 3
    assert fitting_bank(bank, 10**9) is bank
    narrow = torch.bincount(fitting_bank(bank, 20 * sample_bytes).classes).tolist()
    assert sum(narrow) == 20
    assert min(narrow) >= 3


def test_no_patch_both_teaches_and_calibrates(tmp_path):
    bundle = write_tiny_bundle(tmp_path / "bundle")
    model = build_model(bundle)
    prompts = prompts_of(bundle, model)
    assert torch.bincount(prompts.train.classes).tolist() == [12, 12, 18]
    assert torch.bincount(prompts.held_out.classes).tolist() == [4, 4, 6]
    assert not set(patches_of(prompts.train)) & set(patches_of(prompts.held_out))


def test_carried_prompts_are_split_by_patch_and_those_drawn_again_are_dropped(tmp_path):
    bundle = write_tiny_bundle(tmp_path / "bundle")
    model = build_model(bundle)
    first = prompts_of(bundle, model)
    bank = GateBank.joined([first.train, first.held_out])
    bundle = with_bank(bundle, bank)
    again = prompts_of(bundle, model, views=("vessels",))
    assert not set(patches_of(again.train)) & set(patches_of(again.held_out))
    both = GateBank.joined([again.train, again.held_out])
    assert torch.bincount(both.classes).tolist() == [16, 16, 24]
    held = int((again.held_out.classes == 0).sum())
    assert 2 <= held <= 8


def test_too_few_prompts_of_an_expert_are_noticed_before_the_training(tmp_path):
    bundle = with_bank(write_tiny_bundle(tmp_path / "bundle"), a_bank([9, 3, 9]))
    with pytest.raises(SAMMoEError, match="no prompts of vessels to train"):
        check_samples(bundle, set())
    check_samples(bundle, {"vessels"})


@pytest.mark.parametrize(("home", "warned"), [(0.96, False), (0.8, True)])
def test_a_gate_that_sends_too_many_general_prompts_to_experts_is_reported(home, warned):
    gate = CalibratedGate(None, [0.97], {"liver": 1.0, "general": home}, None)
    assert ("more than 5% of general prompts" in gate.line()) == warned
