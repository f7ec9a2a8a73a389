"""What a data set says of its labels."""

import json

import pytest

from sammoe.errors import SAMMoEError
from sammoe.evaluation import Wanted, find_cases
from sammoe.labelled_scans import LeftOut
from sammoe.labelled_scans.structures import Structure, read_structures
from tiny_scans import write_nnunet

SAID = {
    "format": 1,
    "patient": r"^case(\d)\d",
    "structures": [
        {"scans": "case00", "labels": {"1": "ball of the first"}, "group": "round"},
        {"labels": {"1": "ball", "2": "brick"}, "group": "solid", "expert": "liver"},
    ],
}


@pytest.fixture
def folder(tmp_path):
    folder = write_nnunet(tmp_path / "scans", scans=2)
    (folder / "structures.json").write_text(json.dumps(SAID))
    return folder


def test_names_groups_experts_and_patients_come_from_the_file_beside_the_scans(folder):
    cases = {case.name: case for case in find_cases([folder], LeftOut())}
    first, other = cases["case00:1"], cases["case01:1"]
    assert (first.class_name, first.group, first.expert) == ("ball of the first", "round", "")
    assert (other.class_name, other.group, other.expert) == ("ball", "solid", "liver")
    assert cases["case00:2"].class_name == "brick"
    assert {case.patient for case in cases.values()} == {"0"}


def test_a_class_is_asked_for_by_the_name_it_has_there(folder):
    chosen = find_cases([folder], LeftOut(), wanted=Wanted(labels=("ball",), scans=("case*",)))
    assert [case.name for case in chosen] == ["case01:1"]
    chosen = find_cases([folder], LeftOut(), wanted=Wanted(labels=("brick",), scans=("*1",)))
    assert [case.name for case in chosen] == ["case01:2"]


def test_another_file_may_be_named_and_what_it_does_not_say_comes_from_dataset_json(folder):
    other = folder / "other.json"
    other.write_text(json.dumps({"format": 1, "structures": [{"labels": {"2": "cuboid"}}]}))
    cases = find_cases([folder], LeftOut(), wanted=Wanted(structures=other))
    assert {(case.label, case.class_name) for case in cases} == {(1, "ball"), (2, "cuboid")}
    assert {case.patient for case in cases} == {"case00", "case01"}


def test_a_label_nobody_names_is_called_by_its_value(tmp_path):
    path = tmp_path / "structures.json"
    path.write_text(json.dumps(SAID))
    assert read_structures(path).of("any", 9) == Structure("label 9")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("{", "Expecting"),
        ('{"format": 7}', "its format is 7, expected 1"),
        ('{"format": 1, "structures": [{"labels": {"liver": "1"}}]}', "invalid literal"),
        ('{"format": 1, "structures": [{"name": "1"}]}', "labels"),
        ('{"format": 1, "patient": "^sts"}', "no group in parentheses"),
        ('{"format": 1, "patient": "("}', "unterminated"),
        ("[]", "does not say"),
    ],
)
def test_a_file_that_says_something_else_is_refused_with_the_reason(tmp_path, said, why):
    path = tmp_path / "structures.json"
    path.write_text(said)
    with pytest.raises(SAMMoEError, match="does not say what labels are") as refused:
        read_structures(path)
    assert why in str(refused.value)
