"""A second general decoder takes part where there is a box, and where something is corrected."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptSet
from sammoe.engine.prompts_ijk import CurveIJK, PromptsIJK
from sammoe.engine.seen import (
    CORRECTED_OFTEN,
    EXPERTS_SHARE,
    asks_both,
    experts_share,
)
from sammoe.model.drawn_mask import INSIDE
from sammoe.options import Fusion
from sammoe.prompts import MaskPrompt
from similar_grey import Scaled

EVERYTHING, NOTHING = 40.0, -40.0
"""Shifts of logits with which all of a crop is drawn, or none of it."""


def asked(predictor, *, box=True, clicks=0):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor.set_volume(volume)
    box_ras = np.stack([centre_ras - 14, centre_ras + 14]) if box else None
    places = [centre_ras + np.array([0.1 * n, 0, 0]) for n in range(clicks)]
    return PromptSet(places, [1] * clicks, box_ras=box_ras)


def drawn_with(shift, **prompts):
    predictor = ExactPredictor(second_decoder=None if shift is None else Scaled(1.0, shift))
    predictor.family.corrects_one_way = False
    return predictor.predict(asked(predictor, **prompts)).voxel_count


def test_from_a_box_the_general_decoders_are_averaged():
    alone, both = drawn_with(None), drawn_with(8.0)
    assert both > alone
    assert both == drawn_with_general_shifted_by(4.0)


def drawn_with_general_shifted_by(shift):
    predictor = ExactPredictor()
    predictor._decoding._model.general = Scaled(1.0, shift)
    return predictor.predict(asked(predictor)).voxel_count


@pytest.mark.parametrize(
    "prompts",
    [
        pytest.param({}, id="box alone"),
        pytest.param({"clicks": 12}, id="many clicks and a box"),
        pytest.param({"box": False, "clicks": 2}, id="second click"),
        pytest.param({"box": False, "clicks": 12}, id="many clicks"),
    ],
)
def test_it_takes_part_where_there_is_a_box_and_where_clicks_correct(prompts):
    assert drawn_with(EVERYTHING, **prompts) > drawn_with(None, **prompts)


def test_at_a_first_click_the_usual_one_draws_alone():
    first = {"box": False, "clicks": 1}
    assert drawn_with(EVERYTHING, **first) == drawn_with(None, **first)


def test_it_never_saw_curves_and_nobodys_masks():
    click = PromptsIJK(np.zeros((1, 3)), np.arange(1), np.ones(1, np.int64))
    mask = MaskPrompt(np.ones((2, 2, 2), bool), np.array([[0, 0, 0], [2, 2, 2]]))
    line = np.zeros((2, 3))
    scribble = CurveIJK(line, 1, closed=False, reach_ijk=line, inside_ijk=line)
    drawn = replace(click, curves=(scribble,), curve_steps=np.zeros(1, np.int64))
    boxed = replace(click, box_ijk=np.eye(2, 3))
    assert asks_both(click, corrects=True)
    assert not asks_both(click, corrects=False)
    assert asks_both(boxed, corrects=False)
    for other in (drawn, replace(drawn, box_ijk=np.eye(2, 3)), replace(boxed, mask=mask)):
        assert not asks_both(other, corrects=True)


def test_the_general_decoder_can_be_looked_at_by_itself():
    predictor = ExactPredictor(second_decoder=Scaled(1.0, 2.0))
    prompts = asked(predictor)
    shown = predictor.predict(prompts)
    looked_at = predictor.predict(prompts, PredictOptions(decoder="general"))
    assert np.array_equal(shown.mask_kji, looked_at.mask_kji)


class OnSight(torch.nn.Module):
    """A gate that is sure of the expert where something was drawn, and counts what it is shown."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def forward(self, sparse, image_tokens, local_features, point_labels):
        something = bool((local_features[point_labels == INSIDE][0] != 0).any())
        self.shown.append(something)
        return torch.tensor([[9.0, 0.0] if something else [-9.0, 0.0]])


@pytest.mark.parametrize(
    ("usual", "other", "shown"),
    [(0.0, NOTHING, [True]), (NOTHING, 0.0, [False, True]), (NOTHING, NOTHING, [False, False])],
)
def test_the_gate_is_shown_the_second_mask_if_it_sees_no_task_in_the_first(usual, other, shown):
    gate = OnSight()
    predictor = ExactPredictor(experts=[("one", 0.0)], gate=gate, second_decoder=Scaled(1.0, other))
    predictor._decoding._model.general = Scaled(1.0, usual)
    result = predictor.predict(asked(predictor))
    assert gate.shown == shown
    assert result.scores["one"] > 0.9 if shown[-1] else result.scores["one"] < 0.1


class Sure(torch.nn.Module):
    """A gate without doubt."""

    def forward(self, sparse, image_tokens, local_features, point_labels):
        return torch.tensor([[60.0, 0.0]])


def drawn_by_expert(shift, *, second, clicks, options=None):
    predictor = ExactPredictor(experts=[("one", shift)], gate=Sure(), second_decoder=second)
    predictor.family.corrects_one_way = False
    prompts = asked(predictor, box=False, clicks=clicks)
    return predictor.predict(prompts, options).voxel_count


def test_after_several_corrections_an_expert_shares_with_the_general_decoders():
    second = Scaled(1.0)
    for clicks, share in ((CORRECTED_OFTEN - 1, 1.0), (CORRECTED_OFTEN, EXPERTS_SHARE)):
        shared = drawn_by_expert(4.0, second=second, clicks=clicks)
        assert shared == drawn_by_expert(4.0 * share, second=None, clicks=clicks)
    assert shared < drawn_by_expert(4.0, second=None, clicks=clicks)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(PredictOptions(expert="one"), id="pinned"),
        pytest.param(PredictOptions(fusion=Fusion.SOFTMAX_AFTER), id="fused otherwise"),
    ],
)
def test_else_an_expert_keeps_its_weight_however_often_it_is_corrected(options):
    many = {"clicks": CORRECTED_OFTEN + 2, "options": options}
    alone = drawn_by_expert(2.0, second=None, **many)
    assert drawn_by_expert(2.0, second=Scaled(1.0), **many) == alone


def test_corrections_of_an_earlier_mask_have_one_rule():
    clicks = PromptsIJK(np.zeros((6, 3)), np.arange(6), np.ones(6, np.int64))
    mask = MaskPrompt(np.ones((2, 2, 2), bool), np.array([[0, 0, 0], [2, 2, 2]]))
    assert [experts_share(clicks.first(n)) for n in (3, 4)] == [1.0, EXPERTS_SHARE]
    assert {experts_share(replace(clicks, mask=mask).first(n)) for n in (1, 3, 4, 6)} == {1.0}
