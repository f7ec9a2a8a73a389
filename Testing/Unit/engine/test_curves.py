"""What the model is told of scribbles and lassos, on grids of every kind."""

import numpy as np
import pytest

from exact_predictor import ExactPredictor
from grids import GRIDS, dice, ellipsoid_volume, every_grid
from sammoe import PredictOptions, PromptSet, Volume
from sammoe.geometry import transform_points
from similar_grey import FixedGate

KNOWN, UNKNOWN = ("points", "box", "mask", "curve"), ("points", "mask")


def on_volume(predictor, volume):
    predictor.set_volume(volume)
    return predictor


@every_grid
def test_a_scribble_finds_the_ellipsoid_and_is_told_as_map_and_clicks(grid):
    volume, truth, centre_ras = ellipsoid_volume(grid)
    predictor = on_volume(ExactPredictor(KNOWN), volume)
    line = centre_ras + np.linspace(-9, 9, 12)[:, None] * np.array((1, 0, 0))
    result = predictor.predict(PromptSet().with_curve(line, 1, closed=False))
    assert dice(result.mask_kji, truth) > (0.7 if grid is GRIDS["anisotropic"] else 0.8)
    family = predictor.family
    fed = family.fed_curves[-1]
    assert fed.shape == (1, 4, 32, 32, 32)
    assert fed[0, 0].any()
    assert not fed[0, 1:].any()
    points, labels = family.fed_points[-1]
    assert labels.tolist() == [[1] * min(8, int(18 / 3 / volume.spacing_mm.min()))]
    at = points[0].round().long()
    near = fed[0, 0].clone()
    assert all(near[tuple(slice(max(0, n - 1), n + 2) for n in p)].any() for p in at.tolist())


def test_the_extent_is_asked_for_with_one_click_as_in_training():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = on_volume(ExactPredictor(KNOWN), volume)
    line = centre_ras + np.linspace(-9, 9, 12)[:, None] * np.array((1, 0, 0))
    predictor.predict(PromptSet().with_curve(line, 1, closed=False))
    counts = [labels.shape[1] for _, labels in predictor.family.fed_points]
    assert counts == [1] * (len(counts) - 1) + [6]
    assert len(counts) > 1


def far_ends(volume):
    """A scribble from one end of a long volume to the other."""
    ends_ijk = [(2, 20, 20), (volume.shape_ijk[0] - 3, 20, 20)]
    return transform_points(ends_ijk, volume.ijk_to_ras)


@pytest.mark.parametrize("kinds", [KNOWN, UNKNOWN])
@pytest.mark.parametrize("crop", ["auto-zoom", "fixed"])
@pytest.mark.parametrize("first", ["scribble", "click"])
def test_the_crop_holds_all_that_was_drawn_on_the_object(kinds, crop, first):
    volume = Volume(np.full((40, 40, 150), 7, np.int16), GRIDS["oblique"])
    line = far_ends(volume)
    prompts = PromptSet()
    if first == "click":
        prompts = prompts.with_point(line.mean(axis=0), 1)
    prompts = prompts.with_curve(line, 1, closed=False)
    box = on_volume(ExactPredictor(kinds, crop=crop), volume).predict(prompts).crop_box_ijk
    reach = (75 / 16) if kinds is UNKNOWN else 0.0
    assert box[0, 0] <= 2 + reach
    assert box[1, 0] >= 148 - reach


def drawn_in_turn(centre_ras):
    """Scribble, click, lasso around what does not belong, click."""
    line = centre_ras + np.linspace(-8, 8, 9)[:, None] * np.array((0.2, 1, 0))
    prompts = PromptSet().with_curve(line, 1, closed=False).with_point(centre_ras + 1, 1)
    ring = centre_ras + np.array([(-4, 18, 0), (4, 18, 0), (4, 26, 0), (-4, 26, 0)])
    return prompts.with_curve(ring, 0, closed=True).with_point(centre_ras - 2, 1)


@pytest.mark.parametrize("kinds", [KNOWN, UNKNOWN])
def test_undo_and_redo_run_no_model_and_a_replay_is_exact(kinds):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = on_volume(ExactPredictor(kinds), volume)
    prompts = drawn_in_turn(centre_ras)
    steps = [prompts.first(count) for count in range(1, 5)]
    masks = [predictor.predict(step).mask_kji for step in steps]
    family = predictor.family
    before = family.encoded, family.decoded
    for index in (3, 2, 1, 0, 1, 2, 3):
        np.testing.assert_array_equal(predictor.predict(steps[index]).mask_kji, masks[index])
    assert (family.encoded, family.decoded) == before
    fresh = on_volume(ExactPredictor(kinds), volume)
    np.testing.assert_array_equal(fresh.predict(prompts).mask_kji, masks[-1])


def test_a_moved_curve_is_another_prompt():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = on_volume(ExactPredictor(KNOWN), volume)
    prompts = PromptSet().with_point(centre_ras, 1)
    predictor.predict(prompts)
    for shift, label, closed in ((0, 1, False), (3, 1, False), (3, 0, False), (3, 0, True)):
        line = centre_ras + shift + np.array([(0, 0, 0), (5, 0, 0), (5, 5, 0)])
        decoded = predictor.family.decoded
        predictor.predict(prompts.with_curve(line, label, closed=closed))
        assert predictor.family.decoded == decoded + 1


def test_weights_that_never_saw_a_curve_get_clicks_one_after_another_and_it_is_said():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = on_volume(ExactPredictor(UNKNOWN, crop="fixed"), volume)
    line = centre_ras + np.linspace(-12, 12, 9)[:, None] * np.array((1, 0, 0))
    result = predictor.predict(PromptSet().with_curve(line, 1, closed=False))
    family = predictor.family
    told = [labels.shape[1] for _, labels in family.fed_points]
    assert told == list(range(1, len(told) + 1))
    assert 4 < len(told) <= 16
    assert family.fed_masks[0] is None
    assert all(mask is not None for mask in family.fed_masks[1:])
    assert all(curves is None for curves in family.fed_curves)
    assert any("not trained on scribbles" in note for note in result.notes)
    known = on_volume(ExactPredictor(KNOWN, crop="fixed"), volume)
    assert known.predict(PromptSet().with_curve(line, 1, closed=False)).notes == ()


@pytest.mark.parametrize("kinds", [KNOWN, UNKNOWN])
def test_the_gate_decides_again_at_the_curve_it_was_asked_at(kinds):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    prompts = drawn_in_turn(centre_ras)
    for at, asked in ((1, 1), (3, 2), (4, 2), (5, 1)):
        gate = FixedGate(0.0, 2.0)
        predictor = on_volume(ExactPredictor(kinds, experts=(("liver", 0.0),), gate=gate), volume)
        predictor.predict(prompts, PredictOptions(gate_click=at))
        assert gate.asked == asked


def test_a_part_that_only_a_scribble_reaches_belongs_to_the_object():
    array = np.full((40, 40, 60), -100, np.int16)
    array[16:24, 16:24, 10:20] = array[16:24, 16:24, 40:50] = 100
    volume = Volume(array, GRIDS["aligned"])
    predictor = on_volume(ExactPredictor(KNOWN, crop="fixed"), volume)
    ends = transform_points([(12, 20, 20), (48, 20, 20)], volume.ijk_to_ras)
    one = PromptSet().with_point(transform_points([(15, 20, 20)], volume.ijk_to_ras)[0], 1)
    assert not predictor.predict(one).mask_kji[18:22, 18:22, 43:48].any()
    both = predictor.predict(one.with_curve(ends, 1, closed=False)).mask_kji
    assert both[18:22, 18:22, 43:48].all()
    assert both[18:22, 18:22, 13:18].all()
