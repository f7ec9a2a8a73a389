"""What a thin neck joins to the clicked object is not part of it."""

from dataclasses import replace

import numpy as np
import pytest

from sammoe import PromptSet
from sammoe.crop import make_crop
from sammoe.engine.decision import Decision
from sammoe.engine.memo import State
from sammoe.engine.necks import without_hanging_parts
from sammoe.engine.prompts_ijk import resolve
from sammoe.engine.steady import as_one_object
from sammoe.model.selector import Selection
from sammoe.prompts import MaskPrompt
from sammoe.volume import Volume

VOLUME = Volume(np.zeros((96, 80, 64), np.float32), np.eye(4))
CROP = make_crop(np.eye(4), centre_ijk=[32.0, 40.0, 48.0], spacing_mm=1.0, size=32)
AT = np.stack(np.indices((32, 32, 32)), axis=-1)
BODY, VESSEL, APART = [8, 16, 16], [23, 16, 16], [16, 4, 28]
"""Middles of two balls that touch and of one that does not, patch ijk."""


def ball(middle, radius):
    return radius - np.linalg.norm(AT - middle, axis=-1)


def drawn(neck_logit, *, vessel_logit=5.0):
    """Return logits (32, 32, 32): 6 and 5 deep in two balls, a rod of 3 x 3 voxels between."""
    logits = np.maximum(ball(BODY, 6.0), np.minimum(ball(VESSEL, 5.0), vessel_logit))
    logits = np.maximum(logits, ball(APART, 3.0)).astype(np.float32)
    logits[8:24, 15:18, 15:18] = np.maximum(logits[8:24, 15:18, 15:18], neck_logit)
    return logits


def asked(*places, **begun):
    """Return prompts with clicks on the object at places of the patch."""
    points = CROP.points_to_ijk(np.array(places, float).reshape(-1, 3))
    return resolve(PromptSet(points, [1] * len(points), **begun), VOLUME, maps=True)


def left(prompts, *, neck_logit=0.5, vessel_logit=5.0):
    """Return which of the three balls are still drawn in their middle."""
    logits = drawn(neck_logit, vessel_logit=vessel_logit)
    logits = without_hanging_parts(logits, CROP, prompts)
    return [bool(logits[tuple(middle)] > 0) for middle in (BODY, VESSEL, APART)]


def test_what_hangs_on_by_a_thin_neck_is_left_out_and_what_is_apart_stays_as_it_is():
    assert left(asked(BODY)) == [True, False, True]
    assert left(asked(VESSEL)) == [False, True, True]


@pytest.mark.parametrize(("label", "stays"), [(1, True), (0, False)])
def test_what_was_shown_before_stays_after_a_click_on_the_object(label, stays):
    """It may hang by a neck only since the click has made the rest larger."""
    points = CROP.points_to_ijk(np.array([BODY, [8, 18, 16]], float))
    prompts = resolve(PromptSet(points, [1, label]), VOLUME, maps=True)
    logits = drawn(0.5)
    decision = Decision((1.0,), Selection(None, 0.0, 1.0))
    state = State(CROP, None, logits, logits, logits, decision, corrects=True)
    kept = as_one_object(logits, state, prompts)
    assert (kept[tuple(VESSEL)] > 0) == stays
    assert not stays or np.array_equal(kept, logits)
    unsteady = as_one_object(logits, replace(state, corrects=False), prompts)
    assert unsteady[tuple(VESSEL)] < 0


def test_what_lay_apart_before_and_now_hangs_on_the_object_is_a_leak():
    points = CROP.points_to_ijk(np.array([BODY, [8, 18, 16]], float))
    prompts = resolve(PromptSet(points, [1, 1]), VOLUME, maps=True)
    decision = Decision((1.0,), Selection(None, 0.0, 1.0))
    state = State(CROP, None, drawn(0.5), None, drawn(-2.0), decision, corrects=True)
    kept = as_one_object(drawn(0.5), state, prompts)
    assert kept[tuple(BODY)] > 0 > kept[tuple(VESSEL)]


def test_both_parts_stay_if_both_were_pointed_at():
    assert left(asked(BODY, VESSEL)) == [True, True, True]


def test_a_neck_the_model_is_sure_of_belongs_to_the_object():
    assert left(asked(BODY), neck_logit=2.5) == [True, True, True]


@pytest.mark.parametrize("vessel_logit", [1.9, 1.2])
def test_a_leak_the_model_half_believes_in_is_left_out_after_one_click_and_then_is_the_users(
    vessel_logit,
):
    assert left(asked(BODY), vessel_logit=vessel_logit) == [True, False, True]
    also = [BODY[0] - 2, *BODY[1:]]
    assert left(asked(BODY, also), vessel_logit=vessel_logit) == [True, True, True]


def test_halves_that_lean_on_each_other_stay_together():
    halves = np.maximum(ball([11, 16, 16], 6.0), ball([20, 16, 16], 6.0))
    broad = halves - 1.0 + (np.abs(AT[..., 0] - 15.5) < 4) * 1.5
    logits = np.where(np.abs(AT[..., 0] - 15.5) < 1, np.minimum(broad, 1.9), broad)
    wide = np.linalg.norm(AT[..., 1:] - 16, axis=-1) < 7
    logits = np.where(wide & (np.abs(AT[..., 0] - 15.5) < 2), np.maximum(logits, 1.0), logits)
    kept = without_hanging_parts(logits.astype(np.float32), CROP, asked([10, 16, 16]))
    np.testing.assert_array_equal(kept, logits.astype(np.float32))


@pytest.mark.parametrize(
    "prompts",
    [
        pytest.param(asked(), id="nothing on the object"),
        pytest.param(asked([2, 30, 2]), id="a click on the background"),
        pytest.param(asked(BODY, box_ras=[[1, 1, 1], [60, 70, 90]]), id="a box"),
        pytest.param(
            replace(
                asked(BODY), mask=MaskPrompt(np.ones((4, 4, 4), bool), np.array([[0] * 3, [4] * 3]))
            ),
            id="an earlier mask",
        ),
    ],
)
def test_all_stays_where_all_is_asked_for_or_nothing_that_is_drawn(prompts):
    assert left(prompts) == [True, True, True]
