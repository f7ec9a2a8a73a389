"""Where views lie: as the product looks, by the product's own rules."""

import numpy as np
import pytest

from grids import affine, rotation
from sammoe.bundle import InputCard
from sammoe.crop import crop_policy, make_crop, plan_around_points
from sammoe.geometry import bounding_box
from sammoe.patch import prepare_patch
from sammoe.training.samples.framing import AS_SHOWN, IN_TRAINING, Framing, draw_framing, frame
from sammoe.training.samples.region import cut_region, load_region, save_region
from sammoe.volume import Volume

CARD = InputCard(patch_size=64, spacing_mm=None, normalisation="window", crop="auto-zoom")
FIXED = InputCard(patch_size=32, spacing_mm=1.5)
SHAPE = (70, 90, 80)
SPACING = np.array([1.2, 1.4, 1.6])


def a_scan():
    """An oblique, anisotropic CT of a bright ellipsoid in noise, and where that is."""
    k, j, i = np.ogrid[tuple(slice(n) for n in SHAPE)]
    mask = ((k - 33) / 9) ** 2 + ((j - 50) / 15) ** 2 + ((i - 38) / 12) ** 2 <= 1
    grey = np.random.default_rng(0).normal(0, 30, SHAPE) + 150 * mask
    grey[:3] = -1000
    return Volume(
        grey.astype(np.int16), affine(rotation(25, (1, 2, 0.5)), SPACING, (5, -60, 12))
    ), mask


def test_a_first_look_in_training_is_the_patch_the_product_would_show():
    volume, mask = a_scan()
    policy = crop_policy(CARD)
    region = cut_region(volume, mask, CARD)
    block = make_crop(
        volume.ijk_to_ras, centre_ijk=(bounding_box(mask) - 0.5).mean(axis=0),
        spacing_mm=policy.spacing_mm, size=region.look.image.shape[0],
    )  # fmt: skip
    for click in np.argwhere(region.look.mask)[::700]:
        crop = frame(
            region.look.volume, np.array([click - 3.0, click + 3.0]), click.astype(float),
            Framing.FIRST, policy, np.random.default_rng(0),
        )  # fmt: skip
        shown = plan_around_points(volume, block.points_to_ijk(click), policy)
        trained = prepare_patch(region.look.volume, crop, region.window)
        product = prepare_patch(volume, shown, region.window)
        assert np.abs(trained - product).max() < 0.005  # grey values are kept as whole numbers


def test_a_fitted_view_is_about_as_wide_as_the_products_and_holds_the_object():
    volume, mask = a_scan()
    policy = crop_policy(CARD)
    bounds = bounding_box(mask) - 0.5
    rng = np.random.default_rng(3)
    widths = []
    for _ in range(40):
        crop = frame(volume, bounds, bounds.mean(axis=0), Framing.FITTED, policy, rng)
        assert crop.contains(bounds.mean(axis=0)).all()
        widths.append(crop.spacing_mm.max() * policy.size)
    extent_mm = ((bounds[1] - bounds[0]) * volume.spacing_mm).max()
    assert np.median(widths) / extent_mm == pytest.approx(policy.margin, rel=0.2)
    assert np.std(np.log(widths)) > 0.05


@pytest.mark.parametrize("framing", list(Framing))
def test_weights_of_one_spacing_see_it_in_every_view(framing):
    volume, mask = a_scan()
    bounds = bounding_box(mask) - 0.5
    policy = crop_policy(FIXED, size=32)
    rng = np.random.default_rng(0)
    small = np.stack([bounds.mean(axis=0) - 4, bounds.mean(axis=0) + 4])
    crop = frame(volume, small, small.mean(axis=0), framing, policy, rng)
    assert np.allclose(crop.spacing_mm, 1.5)


def test_a_patch_of_fewer_voxels_is_as_wide():
    assert crop_policy(CARD, size=32).spacing_mm * 32 == crop_policy(CARD).spacing_mm * 64 == 112


def test_what_is_measured_on_is_framed_as_the_product_frames_and_half_are_first_looks():
    rng = np.random.default_rng(0)
    drawn = [draw_framing(AS_SHOWN, rng) for _ in range(400)]
    assert set(drawn) == {Framing.FIRST, Framing.FITTED}
    assert 0.4 < drawn.count(Framing.FIRST) / len(drawn) < 0.6
    assert {draw_framing(IN_TRAINING, rng) for _ in range(400)} == set(Framing) - {Framing.BOXED}


@pytest.mark.parametrize("card", [CARD, FIXED])
def test_a_region_is_read_as_it_was_written(tmp_path, card):
    region = cut_region(*a_scan(), card)
    save_region(tmp_path / "a.npz", region)
    again = load_region(tmp_path / "a.npz")
    assert again.window == region.window
    for name in ("near", "look"):
        one, two = getattr(region, name), getattr(again, name)
        assert np.array_equal(one.image, two.image)
        assert np.array_equal(one.mask, two.mask)
