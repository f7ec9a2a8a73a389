import numpy as np
import pytest

from grids import GRIDS, ellipsoid_volume
from sammoe import PromptSet
from sammoe.crop import CropPolicy, plan_around_bounds
from sammoe.engine.box_limit import MARGIN_MM, keep_to_box
from sammoe.geometry import transform_points

POLICY = CropPolicy(size=32, auto_zoom=True, spacing_mm=3.0)
WIDE_IJK = np.array([(-40.0, -40.0, -40.0), (80.0, 80.0, 80.0)])


@pytest.fixture(params=GRIDS.values(), ids=GRIDS)
def volume(request):
    return ellipsoid_volume(request.param)[0]


def a_box(volume, half_mm=15.0):
    """Return a box prompt in the middle of the wide crop, its crop and its centre."""
    crop = plan_around_bounds(volume, WIDE_IJK, POLICY)
    centre_ras = transform_points(WIDE_IJK.mean(axis=0), volume.ijk_to_ras)[0]
    return PromptSet(box_ras=np.stack([centre_ras - half_mm, centre_ras + half_mm])), crop


def beyond_mm(logits, crop, volume, prompts):
    """Return how far the foreground's voxel centres reach beyond the box's bounds, in mm."""
    at_ijk = crop.points_to_ijk(np.argwhere(logits > 0).astype(float))
    low, high = prompts.box_bounds_ijk(volume.ijk_to_ras)
    return (np.maximum(low - at_ijk, at_ijk - high) * volume.spacing_mm).max()


def test_without_a_box_nothing_changes(volume):
    _, crop = a_box(volume)
    logits = np.ones((32, 32, 32), np.float32)
    assert keep_to_box(logits, crop, PromptSet([(0, 0, 0)], [1]), volume) is logits


def test_the_mask_reaches_beyond_the_box_by_a_margin_only(volume):
    prompts, crop = a_box(volume)
    low, high = prompts.box_bounds_ijk(volume.ijk_to_ras)
    allowed_mm = max(MARGIN_MM, 0.15 * ((high - low) * volume.spacing_mm).max())
    kept = keep_to_box(np.full((32, 32, 32), 5, np.float32), crop, prompts, volume)
    assert (kept > 0).any()
    assert beyond_mm(kept, crop, volume, prompts) <= allowed_mm + crop.spacing_mm.max()


def test_a_component_outside_the_box_is_dropped(volume):
    prompts, crop = a_box(volume)
    logits = np.full((32, 32, 32), -5, np.float32)
    logits[15:17, 15:17, 15:17] = 5
    logits[1, 1, 1] = 5
    kept = keep_to_box(logits, crop, prompts, volume)
    assert kept[15, 15, 15] == 5
    assert kept[1, 1, 1] < 0


def test_a_foreground_click_outside_extends_the_box_and_a_background_click_does_not(volume):
    prompts, crop = a_box(volume)
    logits = np.full((32, 32, 32), 5, np.float32)
    away_ras = transform_points(crop.points_to_ijk([(28, 16, 16)]), volume.ijk_to_ras)[0]
    assert keep_to_box(logits, crop, prompts.with_point(away_ras, 1), volume)[28, 16, 16] > 0
    assert keep_to_box(logits, crop, prompts.with_point(away_ras, 0), volume)[28, 16, 16] < 0
