"""The first look: whose object is it, and how far does whoever draws it see it reach?"""

import numpy as np
import pytest
import torch

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptSet
from similar_grey import FixedGate

EXPERTS = (("narrow", 0.0), ("wide", -9.5))
NARROWS, WIDES, NOBODYS = (9.0, 0.0, 0.0), (0.0, 9.0, 0.0), (0.0, 0.0, 9.0)


def clicked(scores, options=None):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    gate = FixedGate(*scores)
    predictor = ExactPredictor(experts=EXPERTS, gate=gate)
    predictor.set_volume(volume)
    return predictor.predict(PromptSet([centre_ras], [1]), options), gate


def test_the_crop_is_fitted_to_what_the_chosen_expert_sees():
    narrow, wide = (clicked(scores)[0] for scores in (NARROWS, WIDES))
    nobodys, _ = clicked(NOBODYS)
    assert (narrow.expert, wide.expert, nobodys.expert) == ("narrow", "wide", None)
    assert narrow.spacing_mm == nobodys.spacing_mm
    assert min(wide.spacing_mm) < min(narrow.spacing_mm)


@pytest.mark.parametrize("expert", ["narrow", "wide"])
def test_a_pinned_expert_looks_where_it_would_if_the_gate_had_chosen_it(expert):
    pinned, _ = clicked(NOBODYS, PredictOptions(expert=expert))
    chosen, _ = clicked(NARROWS if expert == "narrow" else WIDES)
    assert pinned.spacing_mm == chosen.spacing_mm
    np.testing.assert_array_equal(pinned.crop_box_ijk, chosen.crop_box_ijk)


def test_the_gate_is_asked_at_both_looks_whoever_draws():
    options = [None, PredictOptions(expert="narrow"), PredictOptions(expert="none")]
    for scores in (NARROWS, NOBODYS):
        assert [clicked(scores, option)[1].asked for option in options] == [2, 2, 2]


class ChangesItsMind(FixedGate):
    """Answers one thing at the first look and another at the fitted one."""

    def __init__(self, first, fitted):
        super().__init__(*first)
        self.answers = [torch.tensor([first]), torch.tensor([fitted])]

    def forward(self, *given):
        super().forward(*given)
        return self.answers[min(self.asked, 2) - 1]


def log_scores(*scores):
    return tuple(np.log(scores).tolist())


@pytest.mark.parametrize(
    ("first", "fitted", "expert"),
    [
        pytest.param((0.9, 0.05, 0.05), (0.8, 0.1, 0.1), "narrow", id="both sure"),
        pytest.param((0.3, 0.1, 0.6), (0.9, 0.05, 0.05), "narrow", id="sure when it sees it well"),
        pytest.param((0.7, 0.1, 0.2), (0.1, 0.1, 0.8), None, id="not sure any more"),
    ],
)
def test_two_looks_say_together_whose_the_object_is(first, fitted, expert):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    gate = ChangesItsMind(log_scores(*first), log_scores(*fitted))
    predictor = ExactPredictor(experts=EXPERTS, gate=gate)
    predictor.set_volume(volume)
    result = predictor.predict(PromptSet([centre_ras], [1]))
    mean = (np.array(first) + np.array(fitted)) / 2
    np.testing.assert_allclose(list(result.scores.values()), mean, rtol=1e-5)
    assert result.expert == expert
    predictor.predict(PromptSet([centre_ras, centre_ras + 1], [1, 1]))
    assert gate.asked == 2


def test_what_was_decided_ahead_of_the_click_is_not_asked_again():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    gate = ChangesItsMind(log_scores(0.3, 0.1, 0.6), log_scores(0.9, 0.05, 0.05))
    predictor = ExactPredictor(experts=EXPERTS, gate=gate)
    predictor.set_volume(volume)
    predictor.look_ahead(PromptSet([centre_ras], [1]))
    result = predictor.predict(PromptSet([centre_ras + 0.1], [1]))
    assert gate.asked == 2
    assert result.expert == "narrow"
