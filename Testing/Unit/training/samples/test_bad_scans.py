"""Scans that cannot be used are named and left out; nobody's ignored voxels are learnt."""

import os

import pytest
import SimpleITK as sitk

from prepared_scans import prepared, with_labels
from sammoe.errors import SAMMoEError
from sammoe.labelled_scans import LeftOut, find_dataset
from spoiled_scan import spoil
from tiny_scans import write_nnunet


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
