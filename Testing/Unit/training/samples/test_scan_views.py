"""Views of labelled scans: what training sees of them."""

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from prepared_scans import FIXED, WINDOWED, prepared, sample, with_labels
from sammoe.errors import SAMMoEError
from sammoe.training.samples.beside_views import BesideViews
from sammoe.training.samples.prepare import CachedObject
from sammoe.training.samples.region import Surroundings
from sammoe.training.samples.scan_views import ScanViews
from tiny_scans import make_scan, to_image


def test_a_scan_may_end_near_the_object_but_never_inside_it():
    image, mask = np.full((90, 80, 70), 40, np.int16), np.zeros((90, 80, 70), bool)
    mask[40:55, 30:50, 25:35] = True
    image[0, 0, 0] = -1000
    block = Surroundings(image, mask, np.array([1.0, 1.5, 2.0]))
    rng = np.random.default_rng(4)
    shares = []
    for _ in range(12):
        cut = block.cut_short(rng)
        assert cut.image.dtype == np.int16
        assert (cut.image[mask] == 40).all()
        assert set(np.unique(cut.image)) <= {-1000, 40}
        gone = np.argwhere(cut.image == -1000)
        near = np.abs(gone - np.clip(gone, [40, 30, 25], [54, 49, 34])) * block.spacing_mm
        assert near.max(axis=1)[1:].min(initial=99.0) >= 3.0
        shares.append(np.mean(cut.image == -1000))
    assert len(set(shares)) > 6
    assert max(shares) > 0.2


def test_places_beside_objects_are_in_the_body_and_never_on_the_object(objects_of):
    objects = objects_of(WINDOWED)
    beside = BesideViews(objects, WINDOWED).sample(
        np.random.default_rng(5), views=8, objects=2, size=32
    )
    own = ScanViews(objects, WINDOWED, as_shown=True).sample(
        np.random.default_rng(5), views=8, objects=2, size=32
    )
    assert torch.equal(beside.patches, own.patches)
    assert not (beside.masks & own.masks).any()
    assert (beside.masks.flatten(1).sum(1) > 0).all()
    assert not beside.at_click.any()
    assert beside.bounds is None
    for view, place in zip(beside.rows.tolist(), beside.masks, strict=True):
        assert (beside.patches[view, 0][place] > -0.98).all()


@pytest.mark.parametrize("as_shown", [False, True])
def test_the_faces_of_the_whole_object_are_told_also_beyond_the_patch(objects_of, as_shown):
    batch = sample(objects_of(WINDOWED, "ball"), WINDOWED, views=48, as_shown=as_shown)
    beyond = 0
    for mask, bounds in zip(batch.masks, batch.bounds, strict=True):
        assert (bounds[1] > bounds[0]).all()
        for axis in range(3):
            hit = np.flatnonzero(mask.any(dim=tuple(a for a in range(3) if a != axis)))
            if hit[0] > 0:
                assert float(bounds[0, axis]) == pytest.approx(hit[0] - 0.5, abs=2.5)
            if hit[-1] < 31:
                assert float(bounds[1, axis]) == pytest.approx(hit[-1] + 0.5, abs=2.5)
        beyond += int((bounds[0] < -0.5).any() or (bounds[1] > 31.5).any())
    assert beyond > 0 or as_shown


@pytest.mark.parametrize("card", [WINDOWED, FIXED], ids=["windowed", "z-positive"])
@pytest.mark.parametrize("as_shown", [False, True])
def test_views_have_the_shape_type_and_range_of_synthetic_ones(objects_of, card, as_shown):
    objects = objects_of(card)
    batch = sample(objects, card, as_shown=as_shown)
    assert batch.patches.shape == (6, 1, 32, 32, 32)
    assert batch.masks.shape == (12, 32, 32, 32)
    assert batch.rows.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert batch.masks.any(3).any(2).any(1).all()
    assert str(batch.patches.dtype) == "torch.float32"
    if card is WINDOWED:
        assert -1 <= float(batch.patches.min()) < float(batch.patches.max()) <= 1


def test_the_same_random_state_gives_the_same_views_and_another_one_others(objects_of):
    objects = objects_of(WINDOWED)
    first, again, other = (sample(objects, WINDOWED, seed=s, as_shown=False) for s in (4, 4, 5))
    assert (first.patches == again.patches).all()
    assert (first.masks == again.masks).all()
    assert not (first.patches == other.patches).all()


@pytest.mark.parametrize("card", [WINDOWED, FIXED], ids=["windowed", "z-positive"])
def test_the_mask_of_a_view_lies_on_the_bright_object_of_its_patch(objects_of, card):
    objects = objects_of(card, "ball")
    batch = sample(objects, card, views=12)
    for row, view in enumerate(batch.rows.tolist()):
        patch, mask = batch.patches[view, 0], batch.masks[row]
        assert patch[mask].mean() > patch[~mask].mean() + 0.5


def test_a_fixed_view_keeps_the_object_at_its_size_in_millimetres(objects_of):
    objects = objects_of(FIXED, "ball")
    voxels = sample(objects, FIXED).masks.sum((1, 2, 3)).float().mean() * 1.5**3
    truth = np.mean([(make_scan(s)[1] == 1).sum() for s in range(3)]) * 1.5 * 1.5 * 2.5
    assert float(voxels) == pytest.approx(truth, rel=0.15)


@pytest.mark.parametrize("card", [WINDOWED, FIXED], ids=["windowed", "z-positive"])
def test_an_object_that_is_larger_than_any_first_look_gives_views_as_well(tmp_path, card):
    grey, labels = make_scan(0)
    for folder, array in (("images", grey), ("labels", labels)):
        (tmp_path / folder).mkdir()
        image = to_image(array, spacing=(20.0, 20.0, 20.0))
        sitk.WriteImage(image, str(tmp_path / folder / "large.nii.gz"))
    data, _ = prepared(tmp_path, tmp_path / "cache", card, labels=("1",))
    batch = sample(data.objects, card, views=24, as_shown=False)
    assert batch.masks.any(3).any(2).any(1).all()


def test_a_region_that_was_removed_is_a_clear_error(tmp_path):
    gone = CachedObject("a", 1, tmp_path / "gone.npz")
    with pytest.raises(SAMMoEError, match="removed or damaged"):
        sample([gone], WINDOWED)


def test_views_carry_where_nobody_annotated_and_it_counts_nowhere(nnunet, tmp_path):
    path = nnunet / "labelsTr" / "case00.nii.gz"
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    labels[labels == 2] = 0
    labels[:, :, 16:][labels[:, :, 16:] == 0] = 3
    sitk.WriteImage(to_image(labels), str(path))
    with_labels(nnunet, {"background": 0, "ball": 1, "ignore": 3})
    data, _ = prepared(nnunet, tmp_path / "cache", labels=("1",))
    batch = sample(data.part(["case00"]).objects, WINDOWED, as_shown=False)
    assert batch.ignored.shape == batch.masks.shape
    assert batch.ignored.any()
    assert not (batch.ignored & batch.masks).any()
    dark = batch.patches[batch.rows, 0][batch.ignored].mean()
    assert dark < batch.patches[batch.rows, 0][batch.masks].mean() - 0.5
    whole = sample(data.part(["case01"]).objects, WINDOWED)
    assert whole.ignored is None
