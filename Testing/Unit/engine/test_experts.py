"""Which decoder draws: what the gate decides, and what the user says."""

import numpy as np
import pytest
import torch

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptError, PromptSet
from sammoe.engine.expert_check import fills, least_own
from sammoe.model.drawn_mask import INSIDE
from similar_grey import ChangingGate, FixedGate

EXPERTS = (("small", -4.0), ("large", 4.0))
ONCE = 2
"""Questions to the gate of one decision: of what the general decoder drew, then the expert."""


def test_the_expert_the_gate_is_sure_of_is_fused_by_its_score():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(experts=EXPERTS, gate=FixedGate(2.0, 0.0, 0.0))
    predictor.set_volume(volume)
    result = predictor.predict(PromptSet([centre_ras], [1]))
    assert result.expert == "small"
    assert list(result.scores) == ["small", "large", "general"]
    assert sum(result.scores.values()) == pytest.approx(1)
    assert result.tau == 0.5


def test_an_unsure_gate_leaves_the_general_decoder_alone():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(experts=EXPERTS, gate=FixedGate(0.5, 0.0, 0.5))
    predictor.set_volume(volume)
    prompts = PromptSet([centre_ras], [1])
    assert predictor.predict(prompts).expert is None
    assert predictor.predict(prompts, PredictOptions(tau=0.2)).expert == "small"
    muted = PredictOptions(tau=0.2, muted=("small", "of an earlier version of the bundle"))
    assert predictor.predict(prompts, muted).expert == "large"


def test_a_pinned_expert_gives_its_own_mask_and_none_gives_the_general_one():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(experts=EXPERTS, gate=FixedGate(2.0, 0.0, 0.0), crop="fixed")
    predictor.set_volume(volume)
    prompts = PromptSet([centre_ras], [1])
    pinned = predictor.predict(prompts, PredictOptions(expert="large"))
    viewed = predictor.predict(prompts, PredictOptions(decoder="large"))
    general = predictor.predict(prompts, PredictOptions(expert="none"))
    assert pinned.expert == "large"
    assert np.array_equal(pinned.mask_kji, viewed.mask_kji)
    assert general.expert is None
    assert general.voxel_count < pinned.voxel_count


def test_the_gate_decides_at_the_first_click_and_again_only_when_asked():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    gate = FixedGate(2.0, 0.0, 0.0)
    predictor = ExactPredictor(experts=EXPERTS, gate=gate)
    predictor.set_volume(volume)
    prompts = PromptSet([centre_ras], [1])
    for shift in (1.0, 2.0):
        predictor.predict(prompts)
        prompts = prompts.with_point(centre_ras + shift, 1)
    assert gate.asked == ONCE
    predictor.predict(prompts, PredictOptions(gate_click=3))
    assert gate.asked == 2 * ONCE


def test_an_unknown_expert_is_named_with_those_there_are():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(experts=EXPERTS)
    predictor.set_volume(volume)
    with pytest.raises(PromptError, match=r"'heart'.*small, large"):
        predictor.predict(PromptSet([centre_ras], [1]), PredictOptions(expert="heart"))


def test_an_expert_that_hardly_fills_the_box_is_left_out_unless_it_is_pinned():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    experts = (("elsewhere", -20.0), ("large", 4.0))
    predictor = ExactPredictor(experts=experts, gate=FixedGate(2.0, 0.0, 0.0))
    predictor.set_volume(volume)
    boxed = PromptSet(box_ras=np.stack([centre_ras - 14, centre_ras + 14]))
    doubted = predictor.predict(boxed)
    assert doubted.expert is None
    assert doubted.scores["elsewhere"] == pytest.approx(0.787, abs=1e-3)
    assert "elsewhere draws does not look like its task" in doubted.notes[0]
    general = predictor.predict(boxed, PredictOptions(expert="none"))
    assert np.array_equal(doubted.mask_kji, general.mask_kji)
    assert general.notes == ()
    assert predictor.predict(boxed, PredictOptions(expert="elsewhere")).expert == "elsewhere"
    assert predictor.predict(PromptSet([centre_ras], [1])).expert == "elsewhere"


class ByMask(torch.nn.Module):
    """A gate that is sure of an expert unless nothing was drawn."""

    def forward(self, sparse, image_tokens, local_features, point_labels):
        inside = local_features[point_labels == INSIDE][0, 0]
        return torch.tensor([[2.0, 0.0] if inside != 0 else [-2.0, 0.0]])


@pytest.mark.parametrize(("shift", "chosen"), [(2.0, "doubted"), (-40.0, None)])
@pytest.mark.parametrize("crop", ["fixed", "auto-zoom"])
@pytest.mark.parametrize("begun", ["box", "click"])
def test_an_expert_that_the_gate_does_not_know_by_its_mask_does_not_draw(
    shift, chosen, crop, begun
):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(experts=[("doubted", shift)], gate=ByMask(), crop=crop)
    predictor.set_volume(volume)
    box_ras = np.stack([centre_ras - 14, centre_ras + 14])
    asked = PromptSet([centre_ras], [1]) if begun == "click" else PromptSet(box_ras=box_ras)
    shown = predictor.predict(asked)
    assert shown.expert == chosen
    assert len(shown.notes) == (chosen is None)
    assert shown.voxel_count > 0
    later = asked.with_point(centre_ras + 1, 1)
    assert predictor.predict(later).expert == chosen
    for told in (PredictOptions(expert="doubted"), PredictOptions(tau=0.1)):
        answer = predictor.predict(asked, told)
        assert (answer.expert, answer.notes) == ("doubted", ())


@pytest.mark.parametrize(
    ("own", "shift", "chosen"),
    [
        pytest.param(0.6, 40.0, None, id="hardly knows another object"),
        pytest.param(0.8, 40.0, "doubted", id="knows another object"),
        pytest.param(0.3, 0.5, "doubted", id="hardly knows the same object"),
    ],
)
def test_who_draws_something_else_than_the_general_decoder_has_to_know_it_well(own, shift, chosen):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    gate = ChangingGate(0.9, own)
    predictor = ExactPredictor(experts=[("doubted", shift)], gate=gate, crop="fixed")
    predictor.set_volume(volume)
    assert predictor.predict(PromptSet([centre_ras], [1])).expert == chosen


@pytest.mark.parametrize(("apart", "least"), [(0, 0.2), (28, 0.2), (32, 0.7), (100, 0.7)])
def test_an_expert_is_asked_for_more_below_a_dice_of_seven_tenths_to_the_general_mask(apart, least):
    """At .65 the tumours' expert took 235 ml of a head for a tumour of 2 ml, and kept it."""
    general, expert = torch.full((1, 1, 1, 1, 200), -1.0), torch.full((1, 1, 1, 1, 200), -1.0)
    general[..., :100] = expert[..., apart : 100 + apart] = 1.0
    assert least_own(expert, general) == least


@pytest.mark.parametrize(("score", "asked"), [(2.0, 2), (4.0, 1)])
def test_a_gate_that_is_sure_is_asked_once(score, asked):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    gate = FixedGate(score, 0.0)
    predictor = ExactPredictor(experts=EXPERTS[:1], gate=gate)
    predictor.set_volume(volume)
    assert predictor.predict(PromptSet([centre_ras], [1])).expert == "small"
    assert gate.asked == asked


@pytest.mark.parametrize(
    ("box", "overlap"),
    [
        pytest.param([[1.5, 3.5, 5.5], [3.5, 6.5, 9.5]], 1.0, id="just around it"),
        pytest.param([[1.5, 3.5, 5.5], [3.5, 6.5, 13.5]], 0.5, id="twice as long"),
        pytest.param([[3.5, 3.5, 5.5], [5.5, 6.5, 9.5]], 0.0, id="beside it"),
    ],
)
def test_how_well_a_mask_fills_a_box(box, overlap):
    logits = torch.full((1, 1, 16, 16, 16), -1.0)
    logits[..., 2:4, 4:7, 6:10] = 1.0
    assert fills(logits, torch.tensor([box])) == pytest.approx(overlap)
    assert fills(-torch.ones_like(logits), torch.tensor([box])) == 0.0
