"""The first look: whose object is it, and how far does whoever draws it see it reach?"""

import numpy as np
import pytest

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptSet
from similar_grey import ChangingGate, FixedGate

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


def test_the_gate_is_asked_once_whoever_draws():
    options = [None, PredictOptions(expert="narrow"), PredictOptions(expert="none")]
    for scores in (NARROWS, NOBODYS):
        assert [clicked(scores, option)[1].asked for option in options] == [1, 1, 1]


def test_an_expert_that_is_not_believed_leaves_no_trace():
    """Its crop, fitted to what it took for the object, would mislead the general decoder for good.

    A brain tumour of 2 ml was looked at in a crop of 20 cm, whatever was clicked.
    """
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = ExactPredictor(experts=[("wide", -9.5)], gate=ChangingGate(0.9, 0.1))
    predictor.set_volume(volume)
    doubted = predictor.predict(PromptSet([centre_ras], [1]))
    general, _ = clicked(NOBODYS)
    assert doubted.expert is None
    assert doubted.notes
    np.testing.assert_array_equal(doubted.spacing_mm, general.spacing_mm)
    np.testing.assert_array_equal(doubted.crop_box_ijk, general.crop_box_ijk)
    np.testing.assert_array_equal(doubted.mask_kji, general.mask_kji)
