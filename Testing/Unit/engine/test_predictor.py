import numpy as np
import pytest

from exact_predictor import ExactPredictor
from grids import GRIDS, dice, ellipsoid_volume, every_grid
from sammoe import MaskPrompt, PredictOptions, PromptError, PromptSet, Volume
from sammoe.engine import Cancelled
from sammoe.geometry import array_box, bounding_box, box_is_empty, box_slices_kji, transform_points


@every_grid
def test_one_click_finds_the_ellipsoid_in_any_orientation(grid):
    volume, truth, centre_ras = ellipsoid_volume(grid)
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    result = predictor.predict(PromptSet([centre_ras], [1]))
    assert dice(result.mask_kji, truth) > (0.75 if grid is GRIDS["anisotropic"] else 0.85)
    assert not result.touches_border


@every_grid
def test_nothing_is_touched_outside_the_crop_and_clicks_are_honoured(grid):
    volume, _, centre_ras = ellipsoid_volume(grid)
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(volume)
    corner_ras = transform_points([(20, 18, 14)], grid)[0]
    prompts = PromptSet([centre_ras, corner_ras, centre_ras + 3], [1, 1, 0])
    result = predictor.predict(prompts)
    outside = np.ones_like(result.mask_kji)
    outside[box_slices_kji(result.crop_box_ijk)] = False
    assert not result.mask_kji[outside].any()
    for point, label in zip(prompts.points_ras, prompts.point_labels, strict=True):
        i, j, k = np.floor(volume.points_ijk(point)[0] + 0.5).astype(int)
        assert result.mask_kji[k, j, i] == bool(label)


def test_undo_and_redo_run_no_model():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    prompts = [PromptSet([centre_ras], [1])]
    for shift in (2.0, 4.0, 6.0):
        prompts.append(prompts[-1].with_point(centre_ras + shift, 1))
    masks = [predictor.predict(p).mask_kji for p in prompts]
    before = predictor.calls
    for index in (2, 1, 0, 1, 2, 3):
        assert np.array_equal(predictor.predict(prompts[index]).mask_kji, masks[index])
    assert predictor.calls == before


def test_a_moved_click_replays_from_itself_on():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["lps file"])
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(volume)
    base = PromptSet([centre_ras], [1]).with_point(centre_ras + 1, 1)
    predictor.predict(base.with_point(centre_ras + 2, 1).with_point(centre_ras + 3, 1))
    _, before = predictor.calls
    moved = base.with_point(centre_ras - 2, 1).with_point(centre_ras + 3, 1)
    result = predictor.predict(moved)
    assert predictor.calls[1] - before == 2
    fresh = ExactPredictor(crop="fixed")
    fresh.set_volume(volume)
    assert np.array_equal(fresh.predict(moved).mask_kji, result.mask_kji)


def test_each_click_is_fed_the_logits_of_the_one_before():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(volume)
    first = PromptSet([centre_ras], [1])
    predictor.predict(first)
    predictor.predict(first.with_point(centre_ras + 1, 1))
    fed = predictor.family.fed_masks
    assert fed[0] is None
    assert fed[-1] is not None
    assert fed[-1].shape == (1, 1, 16, 16, 16)


def test_the_image_is_encoded_once_per_crop_even_for_another_object():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(volume)
    prompts = PromptSet([centre_ras], [1])
    predictor.predict(prompts)
    predictor.predict(prompts.with_point(centre_ras + 1, 0))
    predictor.reset()
    predictor.predict(prompts)
    assert predictor.calls[0] == 1


@pytest.mark.parametrize("away", [45.0, 55.0])
def test_a_click_outside_the_crop_moves_or_widens_it_and_carries_the_mask_over(away):
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"], (160, 40, 40))
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(volume)
    first = PromptSet([centre_ras], [1])
    before = predictor.predict(first)
    away_ras = centre_ras + np.array((away, 0, 0))
    result = predictor.predict(first.with_point(away_ras, 1))
    assert (predictor.family.fed_masks[-1] > 0).any()
    start, stop = result.crop_box_ijk
    for point_ijk in volume.points_ijk([centre_ras, away_ras]):
        assert (start <= point_ijk).all()
        assert (point_ijk < stop).all()
    assert (result.crop_box_ijk != before.crop_box_ijk).any()
    if away > 50:
        assert result.spacing_mm[0] > before.spacing_mm[0]


def test_a_drawn_box_is_the_first_prompt():
    volume, truth, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    half = np.array((14.0, 11, 9))
    result = predictor.predict(PromptSet(box_ras=[centre_ras - half, centre_ras + half]))
    assert dice(result.mask_kji, truth) > 0.85
    assert result.notes == ()


def test_a_box_partly_outside_the_volume_is_clipped_to_it():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    result = predictor.predict(PromptSet(box_ras=[centre_ras - 300, centre_ras + 12]))
    assert result.voxel_count > 0


def test_a_box_for_a_model_without_boxes_becomes_a_region_and_says_so():
    volume, truth, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = ExactPredictor(kinds=("points", "mask"))
    predictor.set_volume(volume)
    half = np.array((14.0, 11, 9))
    result = predictor.predict(PromptSet(box_ras=[centre_ras - half, centre_ras + half]))
    assert dice(result.mask_kji, truth) > 0.85
    assert "not trained on boxes" in result.notes[0]


def test_an_earlier_mask_is_what_the_first_click_builds_on():
    volume, truth, _ = ellipsoid_volume(GRIDS["oblique"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    box = bounding_box(truth)
    mask = MaskPrompt(truth[box_slices_kji(box)], box)
    inside_ras = transform_points(box.mean(axis=0) - 0.5, volume.ijk_to_ras)[0]
    predictor.predict(PromptSet([inside_ras], [1], mask=mask))
    fed = predictor.family.fed_masks[0].numpy()[0, 0]
    assert fed[fed.shape[0] // 2, fed.shape[1] // 2, fed.shape[2] // 2] > 4
    assert fed[0, 0, 0] < -4


def test_a_mask_is_looked_at_as_wide_as_it_is_whatever_was_sent_with_it():
    volume, truth, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    box = bounding_box(truth)
    whole = np.stack([np.zeros(3, int), volume.shape_ijk])
    masks = MaskPrompt(truth[box_slices_kji(box)], box), MaskPrompt(truth, whole)
    tight, loose = (predictor.predict(PromptSet([centre_ras], [1], mask=mask)) for mask in masks)
    np.testing.assert_array_equal(loose.crop_box_ijk, tight.crop_box_ijk)
    assert box_is_empty(MaskPrompt(np.zeros_like(truth), whole).tight.box_ijk)


def test_follow_goes_on_where_the_crop_ends():
    shape = (220, 30, 30)
    values = np.full(shape[::-1], -100, np.int16)
    values[10:20, 10:20, 5:215] = 100
    volume = Volume(values, np.eye(4))
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(volume)
    prompts = PromptSet([(40, 15, 15)], [1])
    cut = predictor.predict(prompts)
    whole = predictor.predict(prompts, PredictOptions(follow=True))
    assert cut.touches_border
    assert not whole.touches_border
    assert dice(whole.mask_kji, values > 0) > 0.85
    assert cut.voxel_count < 0.6 * whole.voxel_count


@pytest.mark.parametrize(
    ("prompts", "word"),
    [
        (PromptSet(), "no prompt"),
        (PromptSet([(0, 0, 0)], [0]), "foreground point"),
        (PromptSet([(1000, 0, 0)], [1]), "outside the volume"),
        (PromptSet(box_ras=[(500, 500, 500), (600, 600, 600)]), "outside the volume"),
        (
            PromptSet(
                [(0, 0, 0)],
                [1],
                mask=MaskPrompt(np.ones((1, 1, 1), bool), [(99, 0, 0), (100, 1, 1)]),
            ),
            "grid",
        ),
    ],
)
def test_prompts_that_say_nothing_are_refused_with_advice(prompts, word):
    volume, _, _ = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    with pytest.raises(PromptError, match=word):
        predictor.predict(prompts)


def test_clicks_beside_an_object_need_more_than_an_earlier_mask_without_voxels():
    volume, truth, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    corner_ras = transform_points([[1, 1, 1]], volume.ijk_to_ras)[0]
    beside = PromptSet(mask=MaskPrompt(np.zeros_like(truth), array_box(truth.shape)))
    beside = beside.with_point(corner_ras, 0)
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    with pytest.raises(PromptError, match="foreground point"):
        predictor.predict(beside)
    both = predictor.predict(beside.with_point(centre_ras, 1))
    assert dice(both.mask_kji, truth) > 0.8


def test_prediction_without_a_volume_says_what_to_do():
    with pytest.raises(PromptError, match="set_volume"):
        ExactPredictor().predict(PromptSet([(0, 0, 0)], [1]))


def test_a_cancelled_prediction_loses_nothing():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    first = PromptSet([centre_ras], [1])
    mask = predictor.predict(first).mask_kji
    with pytest.raises(Cancelled):
        predictor.predict(first.with_point(centre_ras + 1, 1), cancelled=lambda: True)
    assert np.array_equal(predictor.predict(first).mask_kji, mask)


def test_stages_are_announced_and_timed_in_the_order_of_the_figure():
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(volume)
    seen = []
    result = predictor.predict(PromptSet([centre_ras], [1]), progress=seen.append)
    assert seen == ["extract", "encode", "decode", "gate", "fuse", "paste"]
    assert list(result.timings_ms) == seen


def test_only_the_clicked_part_is_shown_until_the_other_is_clicked_too():
    values = np.full((40, 40, 60), -100, np.int16)
    values[14:26, 14:26, 8:20] = 100
    values[14:26, 14:26, 36:48] = 100
    predictor = ExactPredictor(crop="fixed")
    predictor.set_volume(Volume(values, np.eye(4)))
    first = PromptSet([(14, 20, 20)], [1])
    one = predictor.predict(first).mask_kji
    both = predictor.predict(first.with_point((42, 20, 20), 1)).mask_kji
    assert one[20, 20, 14]
    assert not one[:, :, 30:].any()
    assert both[20, 20, 14]
    assert both[20, 20, 42]


def test_an_earlier_mask_stays_voxel_by_voxel_where_the_answer_says_the_same():
    volume, truth, centre_ras = ellipsoid_volume(GRIDS["oblique"])
    predictor = ExactPredictor()
    predictor.set_volume(volume)
    earlier = truth.copy()
    middle = np.array(earlier.shape) // 2
    earlier[tuple(middle - 2)] = False  # finer than the crop can show
    far = np.zeros_like(truth)
    far[:2, :2, :2] = True
    drawn = predictor.predict(PromptSet([centre_ras], [1])).mask_kji
    box = np.stack([np.zeros(3, int), volume.shape_ijk])
    mended = predictor.predict(PromptSet([centre_ras], [1], mask=MaskPrompt(earlier | far, box)))
    assert (drawn != earlier).any()
    assert not mended.mask_kji[tuple(middle - 2)]
    assert mended.mask_kji[:2, :2, :2].all()
    i, j, k = np.floor(volume.points_ijk([centre_ras])[0] + 0.5).astype(int)
    assert mended.mask_kji[k, j, i]
