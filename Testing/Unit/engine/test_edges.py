"""The border of a mask follows the image."""

import numpy as np
import pytest

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume, every_grid
from sammoe import PredictOptions, PromptSet, Volume
from sammoe.crop import make_crop, paste
from sammoe.engine.edges import (
    ALIKE,
    FADE,
    PULL,
    REACH,
    ROUNDS,
    SURELY_OUTSIDE,
    UNLIKE_ANY,
    Edges,
    fine_image,
    on_edges,
)
from sammoe.engine.edges import settled as settled_within
from sammoe.engine.follow import Tile
from sammoe.engine.patch_inputs import MASK_LOGIT, mask_to_logits
from sammoe.engine.prompts_ijk import resolve
from sammoe.engine.question import Question
from sammoe.engine.stages import Stages
from sammoe.geometry import array_box, box_slices_kji
from sammoe.intensity import IntensityWindow
from sammoe.overlap import dice
from sammoe.prompts import MaskPrompt

WINDOW = IntensityWindow("test", 0.0, 100.0)
ONE_MM = np.ones(3)
RIM = int(REACH)


def a_cube(shape, *, low=3, high=9):
    mask = np.zeros(shape, bool)
    mask[low:high, low:high, low:high] = True
    return mask


def sloping(mask, *, moved=0):
    """Logits as a network draws a mask: they fall from its middle on, here moved along an axis."""
    places = np.argwhere(mask)
    middle, half = places.mean(axis=0), np.ptp(places, axis=0).max() / 2 + 0.5
    middle[0] += moved
    offsets = np.stack(np.meshgrid(*map(np.arange, mask.shape), indexing="ij"), -1) - middle
    return (half - np.abs(offsets).max(axis=-1)).astype(np.float32)


def settled(logits, grey, spacing_mm):
    """Settle all of an image: nothing is around it."""
    return settled_within(logits, np.pad(grey, RIM, constant_values=UNLIKE_ANY), spacing_mm)


def test_a_border_that_is_a_voxel_off_moves_to_the_edge_of_the_image():
    cube = a_cube((14, 12, 13))
    grey = np.where(cube, np.float32(0.5), np.float32(-0.5))
    logits = sloping(cube, moved=1)
    assert dice(logits > 0, cube) < 0.85
    assert dice(settled(logits, grey, ONE_MM) > 0, cube) > 0.9


def test_what_the_network_is_sure_of_stays():
    random = np.random.default_rng(0)
    logits = random.choice([-1.0, 1.0], (9, 8, 7)).astype(np.float32) * np.float32(1.01 * PULL)
    grey = random.uniform(-1, 1, logits.shape).astype(np.float32)
    assert np.array_equal(settled(logits, grey, ONE_MM) > 0, logits > 0)


def test_a_voxel_like_none_of_its_neighbours_stays_as_it_is():
    grey = np.full((7, 7, 7), -1, np.float32)
    grey[3, 3, 3] = 1
    logits = np.full((7, 7, 7), -3, np.float32)
    logits[3, 3, 3] = 0.5
    assert settled(logits, grey, ONE_MM)[3, 3, 3] == pytest.approx(0.5, abs=1e-3)


def test_raising_logits_lowers_none():
    random = np.random.default_rng(1)
    for _ in range(20):
        logits = random.normal(0, 3, (8, 7, 6)).astype(np.float32)
        grey = random.uniform(-0.3, 0.3, logits.shape).astype(np.float32)
        raised = logits + random.choice([0, 2], logits.shape, p=(0.8, 0.2)).astype(np.float32)
        before, after = (settled(each, grey, ONE_MM) for each in (logits, raised))
        assert (after >= before - 1e-5).all()
        assert (after > before + 1e-3).any()


@pytest.mark.parametrize("spacing_mm", [(1, 1, 1), (0.8, 3, 0.8), (1, 1.9, 1.2)])
def test_it_is_the_mean_field_of_close_pairs(spacing_mm):
    random = np.random.default_rng(2)
    logits = random.normal(0, 3, (4, 3, 5)).astype(np.float32)
    spacing = np.array(spacing_mm, float)
    around = tuple(n + 2 * RIM for n in logits.shape)
    grey = random.uniform(-0.4, 0.4, around).astype(np.float32)
    found = settled_within(logits, grey, spacing)
    assert np.allclose(found, literally(logits, grey, spacing), atol=1e-4)


def literally(logits, grey, spacing_mm):
    """Return the sum over all pairs, background around."""
    voxels = np.array(list(np.ndindex(grey.shape)))
    apart = (voxels[:, None] - voxels[None]) * spacing_mm / min(spacing_mm)
    distance = np.sqrt((apart**2).sum(-1))
    difference = (grey.ravel()[:, None] - grey.ravel()[None]) / ALIKE
    weight = np.exp(-(difference**2) / 2 - distance**2 / (2 * FADE**2))
    weight[(distance == 0) | (distance > REACH)] = 0
    alone = np.pad(logits.astype(float), RIM, constant_values=SURELY_OUTSIDE).ravel()
    moved = alone
    for _ in range(ROUNDS):
        moved = alone + PULL * (weight @ np.tanh(moved / 2)) / weight.sum(axis=1)
    return moved.reshape(grey.shape)[RIM:-RIM, RIM:-RIM, RIM:-RIM]


def test_no_voxel_is_lost_where_something_is_added_elsewhere():
    """Nor where only a part of the crop was near the mask before."""
    middle = a_cube((24, 24, 24), low=8, high=16)
    crop = make_crop(np.eye(4), centre_ijk=(12, 12, 12), spacing_mm=1.0, size=24)
    grown = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        image = random.normal(50, 4, (24, 24, 24)).astype(np.float32)
        sure, doubtful = random.uniform(2, 6, image.shape), random.uniform(-0.8, -0.01, image.shape)
        logits = np.where(middle, sure, doubtful).astype(np.float32)
        raised = logits.copy()
        raised[random.integers(17, 23), 17:19, 17:19] = 0.5
        before, after = (
            on_edges(Tile(crop, each), fine_image(crop, Volume(image, np.eye(4)), WINDOW)).logits
            > 0
            for each in (logits, raised)
        )
        assert not (before & ~after).any()
        grown += (before & ~middle).any()
    assert grown


@every_grid
@pytest.mark.parametrize("finer", [0.4, 1.3, 3.0])
def test_on_any_grid_and_patch_the_border_comes_nearer_to_the_object(grid, finer):
    """The patch's voxels are finer than the volume's, about as fine, or coarser."""
    volume, mask, centre_ras = ellipsoid_volume(grid, (64, 60, 56), radii_mm=(18.0, 16.0, 20.0))
    window = IntensityWindow("test", -100.0, 100.0)
    around = volume.points_ijk(centre_ras)[0]
    finest = float(volume.spacing_mm.min())
    crop = make_crop(grid, centre_ijk=around, spacing_mm=finer * finest, size=96)
    logits = mask_to_logits(MaskPrompt(mask, array_box(mask.shape)), volume, crop, 48)
    shifted = Tile(crop, half_a_voxel_off(logits) / np.float32(MASK_LOGIT))
    before, after = (
        dice(drawn(tile, volume), mask & covered(crop, volume))
        for tile in (shifted, on_edges(shifted, fine_image(crop, volume, window)))
    )
    assert after > before


def half_a_voxel_off(logits):
    """Return logits moved by half a voxel along every axis."""
    for axis in range(3):
        logits = (logits + np.roll(logits, 1, axis)) / 2
    return logits


def covered(crop, volume):
    """Return which voxels of a volume a crop covers."""
    mask = np.zeros(volume.array_kji.shape, bool)
    mask[box_slices_kji(crop.box_ijk(volume.shape_ijk))] = True
    return mask


def drawn(tile, volume):
    values, box = paste(tile.logits, tile.crop, volume.shape_ijk)
    mask = np.zeros(volume.array_kji.shape, bool)
    mask[box_slices_kji(box)] = values > 0
    return mask


def test_an_empty_mask_stays_empty():
    volume = Volume(np.zeros((9, 9, 9), np.float32), np.eye(4))
    crop = make_crop(np.eye(4), centre_ijk=(4, 4, 4), spacing_mm=1.0, size=8)
    nothing = Tile(crop, np.full((8, 8, 8), -1, np.float32))
    assert not drawn(on_edges(nothing, fine_image(crop, volume, WINDOW)), volume).any()


@pytest.mark.parametrize("label", [1, 0])
def test_a_click_only_adds_or_only_takes_away_in_what_is_shown(label):
    predictor = ExactPredictor(crop="fixed")
    predictor.family.corrects_one_way = True
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor.set_volume(volume)
    first = PromptSet([centre_ras], [1])
    before = predictor.predict(first).mask_kji
    after = predictor.predict(first.with_point(centre_ras + np.array([9, 3, 0]), label)).mask_kji
    more, less = (after, before) if label else (before, after)
    assert not (less & ~more).any()


def a_question(volume, prompts, window=WINDOW):
    return Question(volume, resolve(prompts, volume, maps=True), PredictOptions(), window, Stages())


@pytest.fixture
def a_tile():
    """A tile whose border is a voxel off the image's, its volume, and a click in it."""
    cube = a_cube((16, 16, 16), high=11)
    volume = Volume(np.where(cube, np.float32(80), np.float32(20)), np.eye(4))
    crop = make_crop(np.eye(4), centre_ijk=(8, 8, 8), spacing_mm=1.0, size=16)
    return Tile(crop, sloping(cube, moved=1)), volume, PromptSet([(6.0, 6.0, 6.0)], [1])


def test_the_network_is_told_of_the_borders_that_were_shown(a_tile):
    tile, volume, click = a_tile
    edges, question = Edges(), a_question(volume, click)
    shown = edges.shown(tile, question)
    told = edges.told(tile, question)
    assert not np.array_equal(shown.logits > 0, tile.logits > 0)
    assert np.array_equal(told > 0, shown.logits > 0)
    agrees = (told > 0) == (tile.logits > 0)
    assert np.array_equal(told[agrees], tile.logits[agrees])


def test_what_is_kept_of_an_image_is_of_that_image_crop_and_window(a_tile):
    tile, volume, click = a_tile
    edges = Edges()
    other_image = Volume(np.ascontiguousarray(volume.array_kji[::-1]), volume.ijk_to_ras)
    other_crop = make_crop(np.eye(4), centre_ijk=(9, 8, 8), spacing_mm=1.0, size=16)
    for crop, image, window in (
        (tile.crop, volume, WINDOW),
        (tile.crop, other_image, WINDOW),
        (tile.crop, volume, IntensityWindow("test", 0.0, 900.0)),
        (other_crop, volume, WINDOW),
        (tile.crop, volume, WINDOW),
    ):
        asked = Tile(crop, tile.logits.copy())
        found = edges.shown(asked, a_question(image, click, window))
        expected = on_edges(asked, fine_image(crop, image, window))
        assert np.array_equal(found.logits, expected.logits)
        assert np.array_equal(found.crop.origin_ijk, expected.crop.origin_ijk)


def test_an_earlier_mask_and_weights_without_a_window_keep_their_borders(a_tile):
    tile, volume, click = a_tile
    earlier = MaskPrompt(a_cube((16, 16, 16)), array_box((16, 16, 16)))
    for question in (
        a_question(volume, PromptSet(mask=earlier)),
        a_question(volume, click, window=None),
    ):
        assert Edges().shown(tile, question) is tile
        assert Edges().told(tile, question) is tile.logits
