"""What an evaluation that was ended leaves, and what of it the next one takes over."""

import json
import os
from pathlib import Path

import pytest

from report_rows import rows_of_two_tasks
from sammoe.errors import SAMMoEError
from sammoe.evaluation import Case, EvaluationPlan, alone_in, earlier_rows, start_rows, study_of
from sammoe.evaluation.part_rows import PART_FILE, forget_rows
from sammoe.evaluation.rows import CSV_FILE, read_csv, write_csv
from sammoe.labelled_scans import Entry

VESSEL, KIDNEY = (
    [row for row in rows_of_two_tasks() if row.case == case] for case in ("vessel", "kidney")
)


@pytest.fixture
def part(tmp_path):
    """A part that holds a case and perhaps the half of another."""
    add = start_rows(tmp_path, study="a")
    add(VESSEL)
    add(KIDNEY)
    return tmp_path / PART_FILE


def test_rows_are_equal_after_they_were_written(tmp_path):
    write_csv(tmp_path / "rows.csv", rows_of_two_tasks())
    assert read_csv(tmp_path / "rows.csv") == rows_of_two_tasks()


@pytest.mark.parametrize("cut_bytes", [0, 1, 20, 150])
def test_whole_cases_are_taken_over_and_the_last_one_is_not_trusted(part, cut_bytes):
    part.write_bytes(part.read_bytes()[: -cut_bytes or None])
    assert earlier_rows(part.parent, "a") == VESSEL
    start_rows(part.parent, study="a", rows=VESSEL)(KIDNEY)
    assert read_csv(part) == [*VESSEL, *KIDNEY]


def test_the_part_of_another_study_is_put_aside(part):
    assert earlier_rows(part.parent, "b") == []
    start_rows(part.parent, study="b")(VESSEL)
    assert earlier_rows(part.parent, "c") == []
    asides = [part.parent / f"rows.part.{number}.csv" for number in (1, 2)]
    assert [read_csv(path) for path in asides] == [[*VESSEL, *KIDNEY], VESSEL]
    start_rows(part.parent, study="c")  # and killed before the first case
    assert earlier_rows(part.parent, "d") == []
    assert not (part.parent / "rows.part.3.csv").exists()


def test_the_part_of_another_version_with_other_columns_is_put_aside(part):
    other = part.read_text("utf-8").replace("hd95_mm", "hd_mm")
    part.write_text(other, "utf-8")
    assert earlier_rows(part.parent, "b") == []
    assert (part.parent / "rows.part.1.csv").read_text("utf-8") == other


def test_a_stopped_evaluation_goes_on_from_its_report(part):
    write_csv(part.with_name(CSV_FILE), VESSEL)
    forget_rows(part.parent, is_whole=False)
    assert not part.exists()
    assert earlier_rows(part.parent, "a") == VESSEL
    assert earlier_rows(part.parent, "b") == []


def test_nothing_is_taken_from_a_report_that_is_whole_or_another_study_s(part):
    write_csv(part.with_name(CSV_FILE), VESSEL)
    start_rows(part.parent, study="b")  # and killed before the first case
    assert earlier_rows(part.parent, "b") == []
    forget_rows(part.parent, is_whole=True)
    assert [path.name for path in part.parent.iterdir()] == [CSV_FILE]
    assert earlier_rows(part.parent, "b") == []


@pytest.mark.parametrize("note", ["", "[]", "{}", json.dumps({"study": 3})])
def test_a_part_of_nobody_knows_what_is_put_aside(part, note):
    part.with_name("rows.part.json").write_text(note)
    assert earlier_rows(part.parent, "a") == []
    assert (part.parent / "rows.part.1.csv").exists()


def test_a_study_is_its_model_its_plan_and_what_is_in_its_files(tmp_path):
    scan = tmp_path / "scan.nii"
    scan.write_bytes(b"scan")
    case = Case("a:1", "ball", Entry("a", scan, scan), 1)
    same = EvaluationPlan(bundle=Path("here")), EvaluationPlan(bundle=Path("there"), threads=2)
    assert len({study_of([case], plan, "hash") for plan in same}) == 1
    studies = [study_of([case], same[0], "hash"), study_of([case], same[0], "other"),
               study_of([case], EvaluationPlan(users=2), "hash"), study_of([], same[0], "hash"),
               study_of([Case("a:1", "box", case.entry, 1)], same[0], "hash")]  # fmt: skip
    os.utime(scan, (1, 1))
    assert len({*studies, study_of([case], same[0], "hash")}) == 6


def test_two_evaluations_do_not_write_into_one_folder(tmp_path):
    with (
        alone_in(tmp_path),
        pytest.raises(SAMMoEError, match="another evaluation is writing into"),
        alone_in(tmp_path),
    ):
        pass
    with alone_in(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
