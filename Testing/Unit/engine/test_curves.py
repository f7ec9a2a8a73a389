"""What the model is told of scribbles and lassos, on grids of every kind."""

import numpy as np
import pytest

from grids import GRIDS, dice, ellipsoid_volume
from sammoe import CurvePrompt, PredictOptions, PromptSet, Volume
from sammoe.bundle import BundleCard, ExpertCard, InputCard
from sammoe.crop import make_crop
from sammoe.engine import Predictor
from sammoe.engine.curve_clicks import ALONE, ClickCounts, curve_clicks
from sammoe.engine.curve_maps import curve_maps
from sammoe.engine.prompts_ijk import resolve_curve
from sammoe.geometry import transform_points
from sammoe.model import SamMoE
from similar_grey import FixedGate, Scaled, SimilarGrey, SimilarGreyWithExtent

KNOWN, UNKNOWN = ("points", "box", "mask", "curve"), ("points", "mask")
every_grid = pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)


def a_predictor(kinds=KNOWN, *, crop="auto-zoom", experts=(), gate=None):
    card = BundleCard(
        name="test",
        architecture="compact",
        input=InputCard(
            patch_size=32,
            spacing_mm=2.0 if crop == "fixed" else None,
            normalisation="window",
            crop=crop,
        ),
        prompt_kinds=kinds,
        experts=[ExpertCard(id=name, name=name) for name in experts],
    )
    family = SimilarGreyWithExtent() if crop == "auto-zoom" else SimilarGrey()
    decoders = {name: Scaled(1.0) for name in experts}
    model = SamMoE(family, general=Scaled(1.0), experts=decoders, gate=gate)
    return Predictor(model, card, bundle_hash="test", device="cpu")


def on_volume(predictor, volume):
    predictor.set_volume(volume)
    return predictor


def family_of(predictor):
    return predictor._model.backbone


def a_crop(volume, spacing_mm=(1.5, 2.0, 2.5)):
    centre_ijk = (volume.shape_ijk - 1) / 2
    return make_crop(volume.ijk_to_ras, centre_ijk=centre_ijk, spacing_mm=spacing_mm, size=24)


def in_ras(volume, crop, points_patch):
    return transform_points(crop.points_to_ijk(points_patch), volume.ijk_to_ras)


def maps_of(curves, volume, crop):
    return curve_maps([resolve_curve(curve, volume) for curve in curves], crop)


@every_grid
def test_a_scribble_is_a_line_one_voxel_wide(grid):
    volume, *_ = ellipsoid_volume(grid)
    crop = a_crop(volume)
    line = in_ras(volume, crop, [(3, 4, 5), (9, 4, 5), (9, 10, 5), (9, 10, 40)])
    maps = maps_of([CurvePrompt(line, 0)], volume, crop)
    drawn = np.zeros((24, 24, 24))
    drawn[3:10, 4, 5] = drawn[9, 4:11, 5] = drawn[9, 10, 5:] = 1
    assert maps.shape == (4, 24, 24, 24)
    np.testing.assert_array_equal(maps[1], drawn)
    assert not maps[[0, 2, 3]].any()


@every_grid
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_lasso_is_what_it_holds_on_the_slice_nearest_to_its_plane(grid, axis):
    volume, *_ = ellipsoid_volume(grid)
    crop = a_crop(volume)
    square = np.array([(4.6, 5.6), (10.4, 5.6), (10.4, 12.4), (4.6, 12.4)])
    points_patch = np.insert(square, axis, [7.3, 7.5, 7.3, 7.1], axis=1)
    lasso = CurvePrompt(in_ras(volume, crop, points_patch), 1, closed=True)
    drawn = np.zeros((24, 24, 24))
    drawn[(*map(slice, np.insert((5, 6), axis, 7), np.insert((11, 13), axis, 8)),)] = 1
    maps = maps_of([lasso], volume, crop)
    np.testing.assert_array_equal(maps[2], drawn)
    assert not maps[[0, 1, 3]].any()


def test_a_lasso_that_crosses_itself_holds_every_loop_and_a_tiny_one_its_middle():
    volume, *_ = ellipsoid_volume(GRIDS["aligned"])
    crop = a_crop(volume, 1.0)
    eight = [(2, 2, 6), (12, 12, 6), (12, 2, 6), (2, 12, 6)]
    lasso = CurvePrompt(in_ras(volume, crop, eight), 0, closed=True)
    held = maps_of([lasso], volume, crop)[3, :, :, 6]
    assert held[4, 7] == held[10, 7] == 1
    assert held[7, 3] == held[7, 11] == 0
    tiny = [(5.2, 5.2, 5), (5.3, 5.2, 5), (5.3, 5.3, 5)]
    lasso = CurvePrompt(in_ras(volume, crop, tiny), 1, closed=True)
    maps = maps_of([lasso], volume, crop)
    assert np.argwhere(maps).tolist() == [[2, 5, 5, 5]]


def test_what_is_drawn_outside_the_patch_is_not_seen_in_it():
    volume, *_ = ellipsoid_volume(GRIDS["oblique"])
    crop = a_crop(volume)
    beside = in_ras(volume, crop, [(40, 2, 2), (60, 9, 2), (60, 9, 9)])
    curves = [CurvePrompt(beside), CurvePrompt(beside, closed=True)]
    assert not maps_of(curves, volume, crop).any()
    far = CurvePrompt([beside[0], beside[0] + 1e12])
    assert not maps_of([far], volume, crop).any()


@every_grid
def test_a_scribbles_clicks_are_evenly_along_it_from_the_middle_outwards(grid):
    volume, _, centre_ras = ellipsoid_volume(grid)
    step = np.array((1.0, 0.5, -0.2))
    line = centre_ras + np.linspace(-12, 12, 7)[:, None] * step
    clicks = curve_clicks(CurvePrompt(line), volume, ClickCounts(scribble=4, lasso=1))
    along = (clicks - centre_ras) @ step / (step @ step)
    assert np.sort(along) == pytest.approx([-9, -3, 3, 9], abs=0.2)
    assert np.abs(along).tolist() == sorted(np.abs(along))
    np.testing.assert_allclose(clicks, centre_ras + along[:, None] * step, atol=1e-9)


def test_a_short_scribble_is_fewer_clicks_and_a_dot_is_one():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    short = CurvePrompt([centre_ras, centre_ras + np.array((0, 0, 6))])
    assert len(curve_clicks(short, volume, ALONE)) == 2
    dot = CurvePrompt([centre_ras])
    np.testing.assert_array_equal(curve_clicks(dot, volume, ALONE), [centre_ras])


@every_grid
def test_a_lassos_clicks_lie_inside_and_begin_with_the_deepest(grid):
    volume, _, centre_ras = ellipsoid_volume(grid)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    across, up = np.array((0.8, 0.6, 0)), np.array((0, 0, 1.0))
    ring = centre_ras + 10 * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * up)
    clicks = curve_clicks(CurvePrompt(ring, closed=True), volume, ALONE)
    away = np.linalg.norm(clicks - centre_ras, axis=1)
    assert away[0] < 1
    assert (away < 9.5).all()
    assert 8 <= len(clicks) <= 16
    apart = np.linalg.norm(clicks[:, None] - clicks, axis=2) + 100 * np.eye(len(clicks))
    assert apart.min() >= 3 * volume.spacing_mm.min()


def test_a_lasso_around_a_bay_is_clicked_inside_it_not_in_the_bay():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    u = [(-8, -8, 0), (8, -8, 0), (8, 8, 0), (4, 8, 0), (4, -4, 0), (-4, -4, 0), (-4, 8, 0)]
    lasso = CurvePrompt(centre_ras + np.array([*u, (-8, 8, 0)]), closed=True)
    (click,) = curve_clicks(lasso, volume, ClickCounts(scribble=4, lasso=1)) - centre_ras
    assert abs(click[0]) > 4 or click[1] < -4


def test_no_click_of_a_curve_lies_outside_the_volume():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    over_the_edge = [
        centre_ras,
        centre_ras + np.array((200, 0, 0)),
        centre_ras + np.array((200, 200, 0)),
    ]
    for closed in (False, True):
        clicks = curve_clicks(CurvePrompt(over_the_edge, closed=closed), volume, ALONE)
        assert len(clicks) > 1
        assert volume.contains(volume.points_ijk(clicks)).all()


@every_grid
def test_a_scribble_finds_the_ellipsoid_and_is_told_as_map_and_clicks(grid):
    volume, truth, centre_ras = ellipsoid_volume(grid)
    predictor = on_volume(a_predictor(), volume)
    line = centre_ras + np.linspace(-9, 9, 12)[:, None] * np.array((1, 0, 0))
    result = predictor.predict(PromptSet().with_curve(line, 1, closed=False))
    assert dice(result.mask_kji, truth) > (0.7 if grid is GRIDS["anisotropic"] else 0.8)
    family = family_of(predictor)
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
    predictor = on_volume(a_predictor(), volume)
    line = centre_ras + np.linspace(-9, 9, 12)[:, None] * np.array((1, 0, 0))
    predictor.predict(PromptSet().with_curve(line, 1, closed=False))
    counts = [labels.shape[1] for _, labels in family_of(predictor).fed_points]
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
    box = on_volume(a_predictor(kinds, crop=crop), volume).predict(prompts).crop_box_ijk
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
    predictor = on_volume(a_predictor(kinds), volume)
    prompts = drawn_in_turn(centre_ras)
    steps = [prompts.first(count) for count in range(1, 5)]
    masks = [predictor.predict(step).mask_kji for step in steps]
    family = family_of(predictor)
    before = family.encoded, family.decoded
    for index in (3, 2, 1, 0, 1, 2, 3):
        np.testing.assert_array_equal(predictor.predict(steps[index]).mask_kji, masks[index])
    assert (family.encoded, family.decoded) == before
    fresh = on_volume(a_predictor(kinds), volume)
    np.testing.assert_array_equal(fresh.predict(prompts).mask_kji, masks[-1])


def test_a_moved_curve_is_another_prompt():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = on_volume(a_predictor(), volume)
    prompts = PromptSet().with_point(centre_ras, 1)
    predictor.predict(prompts)
    for shift, label, closed in ((0, 1, False), (3, 1, False), (3, 0, False), (3, 0, True)):
        line = centre_ras + shift + np.array([(0, 0, 0), (5, 0, 0), (5, 5, 0)])
        decoded = family_of(predictor).decoded
        predictor.predict(prompts.with_curve(line, label, closed=closed))
        assert family_of(predictor).decoded == decoded + 1


def test_weights_that_never_saw_a_curve_get_clicks_one_after_another_and_it_is_said():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = on_volume(a_predictor(UNKNOWN, crop="fixed"), volume)
    line = centre_ras + np.linspace(-12, 12, 9)[:, None] * np.array((1, 0, 0))
    result = predictor.predict(PromptSet().with_curve(line, 1, closed=False))
    family = family_of(predictor)
    told = [labels.shape[1] for _, labels in family.fed_points]
    assert told == list(range(1, len(told) + 1))
    assert 4 < len(told) <= 16
    assert family.fed_masks[0] is None
    assert all(mask is not None for mask in family.fed_masks[1:])
    assert all(curves is None for curves in family.fed_curves)
    assert any("not trained on scribbles" in note for note in result.notes)
    known = on_volume(a_predictor(crop="fixed"), volume)
    assert known.predict(PromptSet().with_curve(line, 1, closed=False)).notes == ()


@pytest.mark.parametrize("kinds", [KNOWN, UNKNOWN])
def test_the_gate_decides_again_at_the_curve_it_was_asked_at(kinds):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    prompts = drawn_in_turn(centre_ras)
    for at, asked in ((1, 1), (3, 2), (4, 2), (5, 1)):
        gate = FixedGate(0.0, 2.0)
        predictor = on_volume(a_predictor(kinds, experts=("liver",), gate=gate), volume)
        predictor.predict(prompts, PredictOptions(gate_click=at))
        assert gate.asked == asked


def test_a_part_that_only_a_scribble_reaches_belongs_to_the_object():
    array = np.full((40, 40, 60), -100, np.int16)
    array[16:24, 16:24, 10:20] = array[16:24, 16:24, 40:50] = 100
    volume = Volume(array, GRIDS["aligned"])
    predictor = on_volume(a_predictor(crop="fixed"), volume)
    ends = transform_points([(12, 20, 20), (48, 20, 20)], volume.ijk_to_ras)
    one = PromptSet().with_point(transform_points([(15, 20, 20)], volume.ijk_to_ras)[0], 1)
    assert not predictor.predict(one).mask_kji[18:22, 18:22, 43:48].any()
    both = predictor.predict(one.with_curve(ends, 1, closed=False)).mask_kji
    assert both[18:22, 18:22, 43:48].all()
    assert both[18:22, 18:22, 13:18].all()
