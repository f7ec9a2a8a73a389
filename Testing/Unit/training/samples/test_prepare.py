"""Labelled scans in folders: chosen, resampled once, split by patients."""

import json
import shutil
from pathlib import Path

import pytest

from prepared_scans import WINDOWED, prepared, sample
from sammoe.errors import SAMMoEError
from sammoe.labelled_scans import LeftOut, ScanFolder
from sammoe.training.samples.prepare import cache_folder, prepare, split_patients
from spoiled_scan import spoil


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


def test_folds_measure_on_every_patient_once_and_never_on_one_that_was_learnt_from(
    nnunet, tmp_path
):
    whole, _ = prepared(nnunet, tmp_path / "cache")
    folds = whole.folds(3)
    assert sorted(name for _, own in folds for name in own.case_names) == whole.case_names
    for train, own in folds:
        assert sorted(train.case_names + own.case_names) == whole.case_names
    assert len(whole.folds(2)[0][1].case_names) == 2
    for count in (1, 4):
        with pytest.raises(SAMMoEError, match=f"3 patients cannot be divided into {count} folds"):
            whole.folds(count)


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


def test_a_cache_that_cannot_be_made_is_told_with_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SAMMoEError, match="--cache"):
        cache_folder()


def test_a_user_without_a_home_is_told_so(monkeypatch):
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(SAMMoEError, match="set HOME"):
        cache_folder()
