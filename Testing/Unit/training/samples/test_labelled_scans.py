"""Labelled scans in folders: checked, resampled once, cut into the views training takes."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from sammoe.bundle import InputCard
from sammoe.errors import SAMMoEError
from sammoe.labelled_scans import LeftOut, ScanFolder, find_dataset
from sammoe.training.samples.beside_views import BesideViews
from sammoe.training.samples.prepare import CachedObject, prepare, split_patients
from sammoe.training.samples.region import Surroundings
from sammoe.training.samples.scan_views import ScanViews
from tiny_scans import make_scan, to_image, write_nnunet

WINDOWED = InputCard(patch_size=32, spacing_mm=None, normalisation="window", crop="auto-zoom")
FIXED = InputCard(patch_size=32, spacing_mm=1.5, normalisation="z-positive", crop="fixed")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> Path:
    return write_nnunet(tmp_path_factory.mktemp("scans") / "set", scans=3)


@pytest.fixture
def nnunet(untouched, tmp_path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "set"))


@pytest.fixture(scope="module")
def objects_of(untouched, tmp_path_factory):
    """Objects resampled for a card, of some labels or of all."""
    cache = tmp_path_factory.mktemp("cache")
    return lambda card, *labels: prepared(untouched, cache, card, labels=labels)[0].objects


def prepared(folder: Path, cache: Path, card: InputCard = WINDOWED, **which):
    left_out = LeftOut()
    data = prepare(ScanFolder(folder, **which), card, left_out=left_out, cache=cache)
    return data, left_out


def sample(objects, card, *, seed=0, as_shown=True, views=6):
    source = ScanViews(objects, card, as_shown=as_shown)
    return source.sample(np.random.default_rng(seed), views=views, objects=2, size=32)


def spoil(folder: Path, how: str) -> None:
    """Make case00 unusable."""
    image, labels = folder / "imagesTr" / "case00_0000.nii.gz", folder / "labelsTr/case00.nii.gz"
    grey, found = make_scan(0)
    if how == "size":
        sitk.WriteImage(to_image(found[:-1]), str(labels))
    elif how == "origin":
        moved = to_image(found)
        moved.SetOrigin((21.0, -35.0, 12.0))
        sitk.WriteImage(moved, str(labels))
    elif how == "spacing":
        sitk.WriteImage(to_image(found, spacing=(1.5, 1.5, 2.6)), str(labels))
    elif how == "empty":
        sitk.WriteImage(to_image(np.zeros_like(found)), str(labels))
    elif how == "without the label":
        sitk.WriteImage(to_image(np.where(found == 1, 2, 0).astype(np.uint8)), str(labels))
    elif how == "tiny":
        dot = np.zeros_like(found)
        dot[5, 5, 5] = 1
        sitk.WriteImage(to_image(dot), str(labels))
    elif how == "fractions":
        sitk.WriteImage(to_image(found * 0.5), str(labels))
    elif how == "negative":
        sitk.WriteImage(to_image(-found.astype(np.int16)), str(labels))
    elif how == "NaN":
        broken = grey.astype(np.float32)
        broken[3, 4, 5] = np.nan
        sitk.WriteImage(to_image(broken), str(image))
    elif how == "NaN in the label map":
        broken = found.astype(np.float64)
        broken[3, 4, 5] = np.nan
        sitk.WriteImage(to_image(broken), str(labels))
    elif how == "infinity":
        broken = grey.astype(np.float64)
        broken[3, 4, 5] = np.inf
        image.unlink()
        sitk.WriteImage(to_image(broken), str(image.with_name("case00_0000.mha")))
    elif how == "constant":
        sitk.WriteImage(to_image(np.full_like(grey, 7)), str(image))
    elif how == "unreadable scan":
        image.write_bytes(b"not an image")
    elif how == "unreadable labels":
        labels.write_bytes(labels.read_bytes()[:40])
    elif how == "no label map":
        labels.unlink()
    elif how == "no scan":
        image.unlink()
    elif how == "colour":
        grey8 = sitk.Cast(to_image(grey), sitk.sitkUInt8)
        sitk.WriteImage(sitk.Compose(grey8, grey8, grey8), str(image))


@pytest.mark.parametrize(
    "how",
    [
        *("size", "origin", "spacing", "empty", "without the label", "tiny", "fractions"),
        *(
            "negative",
            "NaN",
            "NaN in the label map",
            "infinity",
            "constant",
            "unreadable scan",
            "unreadable labels",
        ),
        *("no label map", "no scan", "colour"),
    ],
)
def test_a_bad_scan_is_named_and_left_out_and_the_others_are_used(nnunet, tmp_path, how):
    spoil(nnunet, how)
    data, left_out = prepared(nnunet, tmp_path / "cache", labels=("ball",))
    assert data.case_names == ["case01", "case02"]
    (name, reason), *more = left_out
    assert (name, more) == ("case00", [])
    assert len(reason) > 8
    assert left_out.lines(2)[0] == "2 scans used, 1 left out:"
    assert "case00" in left_out.lines(2)[1]


def test_a_scan_that_turns_bad_is_not_taken_from_the_cache(nnunet, tmp_path):
    prepared(nnunet, tmp_path / "cache")
    spoil(nnunet, "NaN")
    data, _ = prepared(nnunet, tmp_path / "cache")
    assert "case00" not in data.case_names


def test_nothing_usable_is_an_error_that_says_why(tmp_path):
    folder = write_nnunet(tmp_path / "set", scans=1)
    spoil(folder, "constant")
    with pytest.raises(SAMMoEError, match="case00: the scan is constant"):
        prepared(folder, tmp_path / "cache")
    with pytest.raises(SAMMoEError, match="no folder"):
        prepared(tmp_path / "nowhere", tmp_path / "cache")
    (tmp_path / "void").mkdir()
    with pytest.raises(SAMMoEError, match="no scan with a label map"):
        prepared(tmp_path / "void", tmp_path / "cache")


def test_only_the_labels_that_are_meant_become_objects(objects_of):
    assert {item.label for item in objects_of(WINDOWED)} == {1, 2}
    assert {item.label for item in objects_of(WINDOWED, "box")} == {2}
    assert {item.label for item in objects_of(WINDOWED, "box", "1")} == {1, 2}


def test_the_digest_is_of_scans_and_labels_and_not_of_the_place(nnunet, tmp_path):
    data, _ = prepared(nnunet, tmp_path / "cache")
    moved, _ = prepared(Path(shutil.copytree(nnunet, tmp_path / "moved")), tmp_path / "other")
    assert moved.digest == data.digest
    assert prepared(nnunet, tmp_path / "cache", labels=("ball",))[0].digest != data.digest
    spoil(nnunet, "constant")
    assert prepared(nnunet, tmp_path / "cache")[0].digest != data.digest


def test_a_scan_read_twice_is_counted_once(nnunet, tmp_path):
    left_out = LeftOut()
    for labels in (("ball",), ("box",)):
        prepare(ScanFolder(nnunet, labels), WINDOWED, left_out=left_out, cache=tmp_path / "cache")
    assert left_out.used == 3


def test_an_unknown_label_is_an_error_that_names_the_known_ones(nnunet, tmp_path):
    with pytest.raises(SAMMoEError, match="1 ball, 2 box"):
        prepared(nnunet, tmp_path / "cache", labels=("liver",))


def test_a_second_run_reads_the_cache_and_not_the_voxels(nnunet, tmp_path):
    first, _ = prepared(nnunet, tmp_path / "cache")
    written = {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").iterdir()}
    again, _ = prepared(nnunet, tmp_path / "cache")
    assert again.objects == first.objects
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "cache").iterdir()} == written


def test_a_damaged_cache_file_is_made_again(nnunet, tmp_path):
    data, _ = prepared(nnunet, tmp_path / "cache")
    data.objects[0].path.write_bytes(b"damaged")
    again, left_out = prepared(nnunet, tmp_path / "cache")
    assert len(left_out) == 0
    assert sample(again.objects, WINDOWED).masks.any()


def test_patients_are_split_alike_every_time_and_every_part_has_some():
    names = [f"patient{n}" for n in range(10)]
    train, held_out = split_patients(names)
    assert (train, held_out) == split_patients(names[::-1])
    assert sorted(train + held_out) == names
    assert len(held_out) == 2
    assert split_patients(["one"]) == (["one"], ["one"])
    assert all(split_patients(names[:2]))


def test_no_patient_has_scans_in_both_parts(nnunet, tmp_path):
    for n in (3, 4):
        for folder, name in (("imagesTr", "case0{}_0000.nii.gz"), ("labelsTr", "case0{}.nii.gz")):
            shutil.copy(nnunet / folder / name.format(n - 3), nnunet / folder / name.format(n))
    said = {"format": 1, "patient": "^case(0[0-2]|0)", "structures": []}
    (nnunet / "structures.json").write_text(json.dumps(said))
    whole, _ = prepared(nnunet, tmp_path / "cache")
    train, held_out = whole.split()
    patients = [{whole.structures.patient_of(name) for name in p.case_names} for p in
                (train, held_out)]  # fmt: skip
    assert patients[0].isdisjoint(patients[1])
    assert sorted(train.case_names + held_out.case_names) == whole.case_names == [
        f"case0{n}" for n in range(5)
    ]  # fmt: skip
    assert {"case03", "case04"} <= set(train.case_names) or {"case03", "case04"} <= set(
        held_out.case_names
    )


def test_scans_are_chosen_by_name_and_one_that_fits_none_is_said(nnunet, tmp_path):
    data, _ = prepared(nnunet, tmp_path / "cache", scans=("case0[12]",))
    assert data.case_names == ["case01", "case02"]
    with pytest.raises(SAMMoEError, match="none is called ct_"):
        prepared(nnunet, tmp_path / "cache", scans=("ct_*",))


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
    for view, place in zip(beside.rows.tolist(), beside.masks, strict=True):
        assert (beside.patches[view, 0][place] > -0.98).all()


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


def with_labels(folder: Path, labels: dict) -> Path:
    (folder / "dataset.json").write_text(json.dumps({"labels": labels, "file_ending": ".nii.gz"}))
    return folder


def test_voxels_nobody_annotated_are_no_object(nnunet, tmp_path):
    with_labels(nnunet, {"background": 0, "ball": 1, "ignore": 2})
    dataset = find_dataset(nnunet, LeftOut())
    assert dataset.label_names == {1: "ball"}
    assert {entry.ignore for entry in dataset.entries} == {2}
    data, _ = prepared(nnunet, tmp_path / "cache")
    assert {item.label for item in data.objects} == {1}
    for wanted in ("ignore", "2"):
        with pytest.raises(SAMMoEError, match="nobody annotated"):
            dataset.label_value(wanted)


def test_the_cache_of_all_labels_is_not_taken_when_one_is_ignored(nnunet, tmp_path):
    before, _ = prepared(nnunet, tmp_path / "cache")
    with_labels(nnunet, {"background": 0, "ball": 1, "ignore": 2})
    after, _ = prepared(nnunet, tmp_path / "cache")
    assert {item.label for item in before.objects} == {1, 2}
    assert {item.label for item in after.objects} == {1}


def test_a_label_map_of_nothing_but_ignored_voxels_is_left_out(nnunet, tmp_path):
    path = nnunet / "labelsTr" / "case01.nii.gz"
    labels = sitk.ReadImage(str(path))
    sitk.WriteImage(sitk.Cast(labels > 0, sitk.sitkUInt8) * 2, str(path))
    with_labels(nnunet, {"background": 0, "ball": 1, "ignore": 2})
    data, left_out = prepared(nnunet, tmp_path / "cache")
    assert data.case_names == ["case00", "case02"]
    assert dict(left_out)["case01"] == "the label map is empty"


def test_regions_are_named_with_what_to_do(nnunet, caplog):
    regions = {"background": 0, "whole": [1, 2], "core": [2], "ignore": 3}
    dataset = find_dataset(with_labels(nnunet, regions), LeftOut())
    assert "whole = 1, 2" in caplog.text
    assert dataset.label_names == {2: "core"}
    assert dataset.label_value("core") == 2
    with pytest.raises(SAMMoEError, match="'Whole' is a region of the labels 1, 2"):
        dataset.label_value("Whole")


def test_a_scan_that_is_cut_off_is_left_out_by_name(nnunet, tmp_path):
    path = nnunet / "imagesTr" / "case01_0000.nii.gz"
    path.write_bytes(path.read_bytes()[:-2000])
    data, left_out = prepared(nnunet, tmp_path / "cache")
    assert data.case_names == ["case00", "case02"]
    assert "cut off" in dict(left_out)["case01"]


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode elsewhere")
def test_a_name_that_is_not_utf_8_is_a_scan_like_others(nnunet, tmp_path):
    odd = os.fsdecode(b"c\xe4se")
    for folder, ending in (("imagesTr", "_0000.nii.gz"), ("labelsTr", ".nii.gz")):
        (nnunet / folder / f"case01{ending}").rename(nnunet / folder / f"{odd}{ending}")
    data, left_out = prepared(nnunet, tmp_path / "cache")
    assert data.case_names == ["c\\xe4se", "case00", "case02"]
    (nnunet / "labelsTr" / f"{odd}.nii.gz").write_bytes(b"no image")
    _, left_out = prepared(nnunet, tmp_path / "cache")
    "\n".join(left_out.lines(2)).encode()
    assert "c\\xe4se" in dict(left_out)


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
