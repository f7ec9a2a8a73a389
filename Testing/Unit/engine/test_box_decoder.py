"""A second general decoder takes part where an object is known by its box."""

import numpy as np
import pytest
import torch

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptSet
from sammoe.engine.seen import BOX_DECODER_CLICKS
from sammoe.model.drawn_mask import INSIDE
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
    predictor = ExactPredictor(box_decoder=None if shift is None else Scaled(1.0, shift))
    predictor.family.corrects_one_way = False
    return predictor.predict(asked(predictor, **prompts)).voxel_count


def test_from_a_box_the_general_decoders_are_averaged():
    alone, both = drawn_with(None), drawn_with(2.0)
    assert both > alone
    assert both == drawn_with_general_shifted_by(1.0)


def drawn_with_general_shifted_by(shift):
    predictor = ExactPredictor()
    predictor._decoding._model.general = Scaled(1.0, shift)
    return predictor.predict(asked(predictor)).voxel_count


@pytest.mark.parametrize(
    "prompts",
    [
        pytest.param({"box": False, "clicks": 1}, id="without a box"),
        pytest.param({"clicks": BOX_DECODER_CLICKS + 1}, id="after many clicks"),
    ],
)
def test_otherwise_the_usual_one_draws_alone(prompts):
    assert drawn_with(EVERYTHING, **prompts) == drawn_with(None, **prompts)


def test_the_general_decoder_can_be_looked_at_by_itself():
    predictor = ExactPredictor(box_decoder=Scaled(1.0, 2.0))
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
    ("usual", "of_boxes", "shown"),
    [(0.0, NOTHING, [True]), (NOTHING, 0.0, [False, True]), (NOTHING, NOTHING, [False, False])],
)
def test_the_gate_is_shown_the_second_mask_if_it_sees_no_task_in_the_first(usual, of_boxes, shown):
    gate = OnSight()
    predictor = ExactPredictor(experts=[("one", 0.0)], gate=gate, box_decoder=Scaled(1.0, of_boxes))
    predictor._decoding._model.general = Scaled(1.0, usual)
    result = predictor.predict(asked(predictor))
    assert gate.shown == shown
    assert result.scores["one"] > 0.9 if shown[-1] else result.scores["one"] < 0.1
