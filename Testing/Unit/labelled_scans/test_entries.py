"""Labelled scans in folders: found in every layout, by name; none is dropped in silence."""

import json
from pathlib import Path

import pytest
import SimpleITK as sitk

from sammoe.labelled_scans import LeftOut, find_dataset, read_labelled_scan
from tiny_scans import make_scan, to_image


def write_pair(folder: Path, image: str, labels: str) -> None:
    """Write a scan and its label map under these names."""
    for name, array in zip((image, labels), make_scan(0), strict=True):
        (folder / name).parent.mkdir(exist_ok=True)
        sitk.WriteImage(to_image(array), str(folder / name))


def test_an_nnunet_folder_is_found_with_its_label_names(nnunet):
    dataset = find_dataset(nnunet, LeftOut())
    assert [entry.name for entry in dataset.entries] == ["case00", "case01", "case02"]
    assert dataset.label_names == {1: "ball", 2: "box"}
    assert dataset.label_value("box") == 2


def test_only_the_wanted_channel_of_a_scan_is_read(nnunet):
    other = nnunet / "imagesTr" / "case00_0001.nii.gz"
    sitk.WriteImage(to_image(make_scan(9)[0]), str(other))
    assert find_dataset(nnunet, LeftOut()).entries[0].image.name == "case00_0000.nii.gz"
    left_out = LeftOut()
    dataset = find_dataset(nnunet, left_out, channel=1)
    assert [entry.image for entry in dataset.entries] == [other]
    assert {name for name, _ in left_out} == {"case01", "case02"}


def test_names_of_the_first_version_of_nnunet_are_read(nnunet):
    (nnunet / "dataset.json").write_text(json.dumps({"labels": {"0": "background", "2": "box"}}))
    assert find_dataset(nnunet, LeftOut()).label_names == {2: "box"}


@pytest.mark.parametrize(
    ("image", "labels"),
    [
        ("images/a.nrrd", "labels/a.nrrd"),
        ("images/a.mha", "labels/a_label.nii.gz"),
        ("a.nii.gz", "a_seg.nrrd"),
        ("a.mha", "a.seg.nrrd"),
        ("a-b.nrrd", "a-b-label.mha"),
    ],
)
def test_image_and_label_pairs_are_found_in_every_layout_and_format(tmp_path, image, labels):
    write_pair(tmp_path, image, labels)
    left_out = LeftOut()
    (entry,) = find_dataset(tmp_path, left_out).entries
    assert len(left_out) == 0
    assert read_labelled_scan(entry).label_values == [1, 2]


def test_a_number_at_the_end_of_equal_names_is_no_channel(tmp_path):
    for number in (0, 1):
        name = f"patient_{number:04d}.nii.gz"
        write_pair(tmp_path, f"images/{name}", f"labels/{name}")
    sitk.WriteImage(to_image(make_scan(2)[0]), str(tmp_path / "images" / "patient_0002.nii.gz"))
    left_out = LeftOut()
    dataset = find_dataset(tmp_path, left_out)
    assert [entry.name for entry in dataset.entries] == ["patient_0000", "patient_0001"]
    assert all(entry.image.name == entry.labels.name for entry in dataset.entries)
    assert list(left_out) == [("patient_0002", "no label map of this name")]


@pytest.mark.parametrize(
    ("first", "second", "taken", "named"),
    [
        (("images/a.nii.gz", "labels/a.nii.gz"), ("images/a.nrrd", "labels/a.nrrd"),
         ("a.nii.gz", "a.nii.gz"), ["a.nrrd"]),
        (("images/a_0000.mha", "labels/a.mha"), ("images/a_0000.nrrd", "labels/a_seg.mha"),
         ("a_0000.mha", "a.mha"), ["a_seg.mha", "a_0000.nrrd"]),
        (("a.nii.gz", "a_label.nii.gz"), ("a.nrrd", "a_spine_label.nii.gz"),
         ("a.nii.gz", "a_label.nii.gz"), ["a.nrrd", "a_spine_label.nii.gz"]),
    ],
    ids=["another format", "channels and endings", "side by side"],
)  # fmt: skip
def test_of_two_files_with_one_name_the_second_is_named_and_left_out(
    tmp_path, first, second, taken, named
):
    write_pair(tmp_path, *first)
    write_pair(tmp_path, *second)
    left_out = LeftOut()
    (entry,) = find_dataset(tmp_path, left_out).entries
    assert (entry.image.name, entry.labels.name) == taken
    assert [name for name, _ in left_out] == named
    assert all("is taken for 'a'" in reason for _, reason in left_out)
