"""Views of bodies: what they show, how they lie, and that the same state gives the same."""

import numpy as np
import pytest
import torch

from apple_gpu import AppleGpu
from sammoe.crop import CropPolicy
from sammoe.errors import SAMMoEError
from sammoe.training.anatomy.atlas import OUTSIDE, Atlas
from sammoe.training.anatomy.framing import draw_frame
from sammoe.training.anatomy.lesions import add_lesions
from sammoe.training.anatomy.painter import paint, scan_matrices
from sammoe.training.anatomy.palette import Modality, draw_palette
from sammoe.training.anatomy.scene_maps import scene_map
from sammoe.training.anatomy.tissues import Tissue
from sammoe.training.anatomy.views import AnatomyViews
from sammoe.training.anatomy.wanted import Wanted, as_shown
from sammoe.training.samples.framing import Framing
from sammoe.training.synthetic.canvas import Kind
from sammoe.training.view_batch import NO_TISSUE
from small_body import SPACING_MM, small_body

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def body():
    return small_body()


@pytest.fixture(scope="module")
def atlas(body):
    return Atlas([body], [1.0], device=CPU)


def sample(atlas, wanted=None, *, seed=0, views=6, objects=2, size=32):
    source = AnatomyViews(atlas, wanted)
    return source.sample(np.random.default_rng(seed), views=views, objects=objects, size=size)


def test_the_same_state_gives_the_same_views_and_another_others(atlas):
    first, again, other = (sample(atlas, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.patches, again.patches)
    assert torch.equal(first.masks, again.masks)
    assert not torch.equal(first.patches, other.patches)


def test_apple_s_gpu_which_has_no_float64_paints_the_same(body, atlas):
    with AppleGpu():
        painted = sample(Atlas([body], [1.0], device=CPU))
    assert torch.equal(painted.patches, sample(atlas).patches)


def test_a_batch_has_its_objects_in_their_views_and_grey_values_in_range(atlas):
    batch = sample(atlas)
    assert batch.patches.shape == (6, 1, 32, 32, 32)
    assert batch.masks.shape == (12, 32, 32, 32)
    assert batch.masks.flatten(1).any(1).all()
    assert batch.patches.min() >= -1
    assert batch.patches.max() <= 1
    assert set(batch.tissue.unique().tolist()) <= {*range(len(Kind)), NO_TISSUE}
    assert batch.context.shape == (6, 4)
    assert set(batch.context[:, 3].tolist()) <= {0.0, 1.0}


def test_only_what_is_wanted_is_asked_for(atlas):
    ribs = sample(atlas, Wanted(kinds=(Kind.RIB,)))
    assert set(ribs.kinds.tolist()) == {int(Kind.RIB)}
    others = sample(atlas, Wanted(without=(Kind.RIB, Kind.LESION)), views=12)
    assert not {int(Kind.RIB), int(Kind.LESION)} & set(others.kinds.tolist())
    lesions = sample(atlas, Wanted(lesions=1.0, only_lesions=True))
    assert set(lesions.kinds.tolist()) == {int(Kind.LESION)}


def test_what_no_map_shows_is_refused_by_name(atlas):
    with pytest.raises(SAMMoEError, match="brain"):
        AnatomyViews(atlas, Wanted(kinds=(Kind.BRAIN,)))


def test_a_lookup_is_the_maps_own_labels_and_ends_with_the_map(atlas, body):
    index = np.argwhere(np.ones((4, 4, 4))).reshape(4, 4, 4, 3) + np.array([20, 36, 13])
    at = torch.as_tensor((index + 0.5) * SPACING_MM)[None].float()
    found = atlas.lookup(torch.tensor([0]), at)[0]
    assert np.array_equal(found.numpy(), body.labels[20:24, 36:40, 13:17])
    far = atlas.lookup(torch.tensor([0]), at + 1000.0)
    assert (far == OUTSIDE).all()


def test_the_products_first_looks_lie_around_a_click_as_wide_whatever_the_object_is(atlas):
    rng = np.random.default_rng(0)
    for samples_mm in atlas.samples_mm:
        frame = draw_frame(samples_mm.astype(float), Framing.FIRST, rng, upright=True)
        assert np.allclose(frame.sides_mm, frame.sides_mm[0])
        assert 112 * 0.8 < frame.sides_mm[0] < 112 * 1.25
        assert np.abs(samples_mm - frame.centre_mm).max(axis=1).min() < 1e-3
        wide = draw_frame(samples_mm.astype(float), Framing.WIDE, rng, upright=True)
        assert 2.4 < wide.sides_mm[0] / frame.sides_mm[0] < 3.7


def test_a_fitted_view_holds_most_of_its_target_and_is_at_most_three_to_one(atlas):
    rng = np.random.default_rng(0)
    held = []
    for samples_mm in np.repeat(atlas.samples_mm, 5, axis=0):
        frame = draw_frame(samples_mm.astype(float), Framing.FITTED, rng)
        inside = np.abs((samples_mm - frame.centre_mm) @ frame.axes) <= frame.sides_mm / 2
        held.append(inside.all(axis=1).mean())
        assert frame.sides_mm.max() <= 3.001 * frame.sides_mm.min()
    assert np.mean(held) > 0.9


def test_a_view_around_a_box_lies_as_the_products_crop_and_has_the_box(atlas):
    batch = sample(atlas, Wanted(framing={Framing.BOXED: 1.0}, upright=True), views=24, objects=1)
    assert batch.boxes.shape == (len(batch.masks), 2, 3)
    assert sample(atlas).boxes is None
    low, high = batch.boxes.unbind(1)
    sides = high - low
    assert (sides >= 1).all()
    middles = (low + high) / 2 - 15.5
    widest = sides.amax(dim=1)
    assert middles.abs().median() < 1.5
    assert (32 / widest).median() == pytest.approx(CropPolicy(32, True, 2.0).margin, rel=0.15)
    inside = torch.stack([mask.nonzero().float().mean(dim=0) for mask in batch.masks])
    assert ((inside > low) & (inside < high)).float().mean() > 0.95


def test_upright_views_lie_along_the_patient_and_others_do_not(atlas):
    rng = np.random.default_rng(0)
    samples_mm = atlas.samples_mm[0].astype(float)
    assert np.array_equal(draw_frame(samples_mm, Framing.FIRST, rng, upright=True).axes, np.eye(3))
    turned = [draw_frame(samples_mm, Framing.FIRST, rng).axes for _ in range(30)]
    assert min(axes[0, 0] for axes in turned) < 0 < max(axes[0, 0] for axes in turned)


def test_bounds_are_the_masks_own_and_known_beyond_the_view_for_its_target(atlas):
    batch = sample(atlas, as_shown(Wanted(lesions=0.0)), views=12)
    for mask, bounds in zip(batch.masks, batch.bounds, strict=True):
        if not torch.isfinite(bounds).all():
            continue
        inside = torch.nonzero(mask)
        assert (bounds[0] <= inside.amin(0)).all()
        assert (bounds[1] >= inside.amax(0)).all()
    assert batch.bounds.isfinite().flatten(1).all(1).float().mean() > 0.5


def test_an_organ_includes_the_lesions_in_it_and_a_lesion_stays_in_its_host():
    labels = torch.ones(4, 24, 24, 24, dtype=torch.long)
    tissues = torch.full((4, 5), int(Tissue.LESION))
    tissues[:, :2] = torch.tensor([int(Tissue.AIR), int(Tissue.LIVER)])
    generator = torch.Generator().manual_seed(0)
    shown, hosts = add_lesions(
        labels, tissues, np.full((4, 3), 100.0),
        share=1.0, rng=np.random.default_rng(0), generator=generator,
    )  # fmt: skip
    assert (hosts[:, 0] == 1).all()
    assert ((shown == 2).flatten(1).sum(1) > 0).all()
    untouched, none = add_lesions(
        labels, tissues, np.full((4, 3), 100.0),
        share=0.0, rng=np.random.default_rng(0), generator=generator,
    )  # fmt: skip
    assert torch.equal(untouched, labels)
    assert (none == -1).all()


@pytest.mark.parametrize("modality", list(Modality))
def test_beyond_the_volume_is_padding_and_inside_is_not(modality):
    labels = torch.ones(3, 16, 16, 16, dtype=torch.long)
    labels[:, :4] = OUTSIDE
    rng = np.random.default_rng(3)
    tissues = np.array([Tissue.AIR, Tissue.LIVER], np.uint8)
    palettes = [draw_palette(tissues, 1, rng, modality=modality) for _ in range(3)]
    patch = paint(
        labels, palettes,
        scan_voxels=torch.full((3, 3), 1.5), septa=torch.zeros_like(labels, dtype=torch.bool),
        rng=rng, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    assert (patch[:, :4] == -1).all()
    assert (patch[:, 6:] > -1).float().mean() > 0.8


def test_in_ct_bone_is_brighter_than_muscle_and_fat_darker():
    tissues = np.array([Tissue.FAT, Tissue.MUSCLE, Tissue.BONE, Tissue.LUNG], np.uint8)
    for seed in range(20):
        means = draw_palette(tissues, 1, np.random.default_rng(seed), modality=Modality.CT).means
        assert means[3] < means[0] < means[1] < means[2]


def test_a_scan_matrix_averages_and_its_partner_gives_back_a_constant():
    down, up = scan_matrices(torch.tensor([[1.0, 2.5, 4.0]]), 16)
    assert torch.allclose(down.sum(-1), torch.ones(1, 3, 16))
    assert torch.allclose(up.sum(-1), torch.ones(1, 3, 16), atol=1e-5)
    assert torch.allclose(down[0, 0], torch.eye(16))
    assert torch.allclose(down[0, 2, 0, :4], torch.full((4,), 0.25))


def test_a_geometric_scene_is_a_body_like_any_other():
    scene = scene_map(1)
    atlas = Atlas([scene], [1.0], device=CPU)
    batch = sample(atlas, views=2, objects=1)
    assert batch.masks.flatten(1).any(1).all()
    voxels = np.floor(scene.targets[0].samples_mm / scene.spacing_mm).astype(int)
    assert (scene.labels[tuple(voxels.T)] == scene.targets[0].labels[0]).all()
