"""Where an object that was not begun with a click is pointed at all the same."""

import numpy as np
import pytest

from exact_predictor import ExactPredictor
from grids import GRIDS, ellipsoid_volume
from sammoe import PromptSet
from sammoe.crop import make_crop
from sammoe.engine.implied_clicks import inner_places, with_implied_clicks
from sammoe.engine.patch_inputs import mask_to_logits
from sammoe.engine.prompts_ijk import resolve
from sammoe.prompts import MaskPrompt
from sammoe.volume import Volume

SPACING_MM = np.array([1.0, 2.0, 3.0])
NOWHERE = np.zeros((0, 3))


@pytest.fixture
def crop():
    """A crop of 32 voxels in a grid of 1 mm, with other distances along each axis."""
    return make_crop(np.eye(4), centre_ijk=np.full(3, 60.0), spacing_mm=SPACING_MM, size=32)


def logits_of(inside_mm, crop):
    """Return logits of half the crop's resolution of a shape around the crop's middle, in mm.

    They are cut from a volume as an earlier mask is, so that their axes are the product's.
    """
    k, j, i = np.indices((160, 160, 160))
    middle_ijk = crop.points_to_ijk([[15.5, 15.5, 15.5]])[0]
    mask_kji = inside_mm(i - middle_ijk[0], j - middle_ijk[1], k - middle_ijk[2])
    mask = MaskPrompt(mask_kji, np.array([[0, 0, 0], mask_kji.shape[::-1]]))
    volume = Volume(np.zeros(mask_kji.shape, np.float32), np.eye(4))
    return mask_to_logits(mask, volume, crop, 16)


def ball(x, y, z):
    return x**2 + y**2 + z**2 < 12**2


def two_balls(x, y, z):
    return (x**2 + (y - 16) ** 2 + z**2 < 13**2) | (x**2 + (y + 18) ** 2 + z**2 < 11**2)


def rod(x, y, z):
    return (np.abs(x) < 4) & (np.abs(z) < 7)


def places(shape, crop, *, most=1, least_depth=0.3, beside_ijk=NOWHERE):
    return inner_places(
        logits_of(shape, crop), crop, most=most, least_depth=least_depth, beside_ijk=beside_ijk
    )


def test_the_middle_of_a_ball_is_where_it_is_in_the_volume(crop):
    (middle_ijk,) = places(ball, crop)
    expected_ijk = crop.points_to_ijk([[15.5, 15.5, 15.5]])[0]
    np.testing.assert_allclose(middle_ijk, expected_ijk, atol=4.0)


def test_places_are_apart_and_the_deepest_one_comes_first(crop):
    first, second = places(two_balls, crop, most=4)
    middle_ijk = crop.points_to_ijk([[15.5, 15.5, 15.5]])[0]
    np.testing.assert_allclose((first - middle_ijk)[1], 16, atol=4)
    np.testing.assert_allclose((second - middle_ijk)[1], -18, atol=4)


def test_what_is_thin_has_no_middle_unless_it_is_known_to_be_meant(crop):
    assert len(places(rod, crop)) == 0
    assert len(places(rod, crop, least_depth=0.0)) == 1


def test_no_place_is_near_a_click_beside_the_object(crop):
    middle_ijk = crop.points_to_ijk([[15.5, 15.5, 15.5]])
    assert len(places(ball, crop, beside_ijk=middle_ijk)) == 0
    assert len(places(ball, crop, beside_ijk=middle_ijk + np.array([0.0, 25.0, 0.0]))) == 1


def small_ball_apart(x, y, z):
    return (x - 3) ** 2 + (y - 12) ** 2 + (z + 20) ** 2 < 9**2


def test_a_shape_away_from_the_patchs_middle_is_deepest_in_its_own(crop):
    (middle_ijk,) = places(small_ball_apart, crop)
    expected_ijk = crop.points_to_ijk([[15.5, 15.5, 15.5]])[0] + np.array([3, 12, -20])
    np.testing.assert_allclose(middle_ijk, expected_ijk, atol=5.0)


def test_of_nothing_there_is_no_middle(crop):
    nothing = np.full((16, 16, 16), np.nan, np.float32)
    assert len(inner_places(nothing, crop, most=4, least_depth=0.0, beside_ijk=NOWHERE)) == 0


VOLUME = Volume(np.zeros((128, 128, 128), np.float32), np.eye(4))
BOX_RAS = np.array([[40.0, 40.0, 40.0], [80.0, 80.0, 80.0]])
MASK = MaskPrompt(np.ones((20, 20, 20), bool), np.array([[50, 50, 50], [70, 70, 70]]))
BESIDE, ON = [95.0, 95.0, 95.0], [70.0, 60.0, 60.0]


@pytest.mark.parametrize(
    ("begun", "clicks", "implied"),
    [
        pytest.param({}, [(ON, 1), (ON, 1)], 0, id="with a click"),
        pytest.param({"box_ras": BOX_RAS}, [(BESIDE, 0), (BESIDE, 0)], 0, id="with a box"),
        pytest.param({"box_ras": BOX_RAS}, [(BESIDE, 0), (ON, 1)], 0, id="box, just confirmed"),
        pytest.param({"box_ras": BOX_RAS}, [(ON, 1), (BESIDE, 0)], 1, id="box, confirmed"),
        pytest.param({"mask": MASK}, [(BESIDE, 0)], 2, id="with a mask"),
        pytest.param({"mask": MASK}, [(ON, 1)] * 5, 2, id="with a mask, five clicks ago"),
    ],
)
def test_the_middle_is_told_where_no_click_began_the_object(crop, begun, clicks, implied):
    points, labels = zip(*clicks, strict=True)
    asked = resolve(PromptSet(points, labels, **begun), VOLUME, maps=True)
    told = with_implied_clicks(asked, logits_of(two_balls, crop), crop)
    assert len(told) == len(asked) + implied
    assert told.point_labels.tolist() == [1] * implied + list(labels)
    np.testing.assert_array_equal(told.points_ijk[implied:], asked.points_ijk)


def test_weights_are_told_as_they_gain_from_it():
    volume, mask_kji, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    mask = MaskPrompt(mask_kji, np.stack([np.zeros(3, int), volume.shape_ijk]))
    fed = []
    for gains in (False, True):
        predictor = ExactPredictor()
        predictor.family.corrects_one_way = gains
        predictor.set_volume(volume)
        predictor.predict(PromptSet([centre_ras + 1], [1], mask=mask))
        fed.append(max(labels.shape[1] for _, labels in predictor.family.fed_points))
    assert fed[0] == 1
    assert fed[1] > 1
