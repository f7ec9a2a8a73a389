"""What the first clicks say of how a box was read."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from exact_predictor import ExactPredictor, answer_with, correcting_one_way, nothing_is_left
from grids import GRIDS, ellipsoid_volume
from sammoe import PredictOptions, PromptSet
from sammoe.engine.box_reading import misread
from sammoe.engine.prompts_ijk import PromptsIJK
from sammoe.geometry import transform_points
from similar_grey import FixedGate


@pytest.mark.parametrize("label", [0, 1])
def test_a_box_that_was_misread_is_read_again_without_what_was_drawn(label):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    gate = FixedGate(2.0, 0.0)
    predictor = ExactPredictor(experts=[("lobe", 0.0)], gate=gate)
    predictor.set_volume(volume)
    boxed = PromptSet(box_ras=np.stack([centre_ras - 14, centre_ras + 14]))
    predictor.predict(boxed)
    assert gate.asked == 2  # on sight of what either decoder drew
    answer_with(predictor, nothing_is_left)
    clicked = boxed.with_point(centre_ras + 2, label)
    predictor.predict(clicked)
    assert gate.asked == 4
    assert predictor.family.fed_masks[-1] is None
    asked_before = len(predictor.family.fed_masks)
    predictor.predict(clicked.with_point(centre_ras + 3, 1))
    assert gate.asked == 5  # as at every second click in a box
    assert len(predictor.family.fed_masks) == asked_before + 2  # one look, and the gate's


def begun_anew_as(predictor, value):
    """Let the model answer a constant where it is told of no earlier mask."""
    decode = predictor.family.decode

    def answer(*given):
        logits = decode(*given)
        knows_none = predictor.family.fed_masks[-1] is None
        return torch.full_like(logits, value) if knows_none else logits

    predictor.family.decode = answer


@pytest.mark.parametrize("beside_first", [False, True])
@pytest.mark.parametrize(("anew", "counts"), [(1.0, False), (12.0, True)])
def test_the_first_click_in_a_box_may_begin_the_object_anew(beside_first, anew, counts):
    predictor, centre_ras = correcting_one_way()
    asked = PromptSet(box_ras=np.stack([centre_ras - 14, centre_ras + 14]))
    if beside_first:
        asked = asked.with_point(centre_ras + 13, 0)
    before = predictor.predict(asked).mask_kji
    begun_anew_as(predictor, anew)
    asked = asked.with_point(centre_ras + 2, 1)
    after = predictor.predict(asked)
    assert (after.mask_kji & before).sum() == before.sum()
    assert (after.voxel_count > 2 * before.sum()) == (counts and not beside_first)
    alone = predictor.predict(asked, PredictOptions(decoder="general"))
    assert np.array_equal(alone.mask_kji, after.mask_kji)
    looks = len(predictor.family.fed_masks)
    predictor.predict(asked.with_point(centre_ras + 3, 1))
    assert all(mask is not None for mask in predictor.family.fed_masks[looks:])


def test_what_fills_its_box_stays_where_a_click_on_it_would_begin_something_else():
    predictor, centre_ras = correcting_one_way()
    around = PromptSet(box_ras=np.stack([centre_ras - 14, centre_ras + 14]))
    ball = predictor.predict(around)
    faces_ras = transform_points(ball.box_ijk - 0.5, predictor._volume.ijk_to_ras)
    close = PromptSet(box_ras=np.sort(faces_ras, axis=0))
    before = predictor.predict(close).mask_kji
    begun_anew_as(predictor, 12.0)
    tight = predictor.predict(close.with_point(centre_ras + 2, 1)).voxel_count
    assert tight == before.sum()
    assert predictor.predict(around.with_point(centre_ras + 2, 1)).voxel_count > tight


def test_a_box_is_not_read_again_after_a_click_on_the_object():
    before = np.full((4, 4, 4), 5.0, np.float32)
    boxed = PromptsIJK(np.zeros((2, 3)), np.arange(2), np.array([1, 0]), box_ijk=np.eye(2, 3))
    assert misread(before, -before, boxed.first(1))
    assert not misread(before, -before, boxed)
    assert not misread(before, before, boxed.first(1))
    assert not misread(None, -before, boxed.first(1))
    assert not misread(before, -before, replace(boxed.first(1), box_ijk=None))
