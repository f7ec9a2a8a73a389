"""`sammoe evaluate` through the product on tiny data, and its tables on rows written by hand."""

import csv
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from evaluated import evaluate
from report_rows import rows_of_two_tasks
from sammoe.bundle import read_bundle
from sammoe.cli import main
from sammoe.evaluation import (
    PART_FILE,
    Evaluated,
    EvaluationPlan,
    Scored,
    write_report,
)
from sammoe.evaluation.plan import BASELINE
from sammoe.labelled_scans import LeftOut
from tiny_scans import write_nnunet

ROOT = Path(__file__).parents[3]


def test_a_report_has_rows_tables_and_pictures(place):
    report = place / "report"
    names = {path.name for path in report.iterdir()}
    assert names == {"rows.csv", "report.md", "dice_by_clicks.png", "dice_by_class.png",
                     "gate_confusion.png", "gate_reliability.png", "worst_1.png"}  # fmt: skip
    with (report / "rows.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    # two objects; points give two masks, the box one; general, three fusions and the product;
    # one is pinned
    assert len(rows) == 2 * 3 * 5 + 3
    assert {row["trajectory"] for row in rows} == {
        "general", "pinned:liver", "weighted", "average", "softmax-after", "mixture"
    }  # fmt: skip
    assert all(0 <= float(row["dice"]) <= 1 for row in rows)
    text = (report / "report.md").read_text("utf-8")
    for words in ("By group", "By class", "By number of clicks", "Thresholds", "first prompts",
                  "| ball | - | liver | 1 |", "upper bound", "softmax-after", "Dice on 1 cases",
                  "![ball in case00, points:2: Dice 0."):  # fmt: skip
        assert words in text


def test_without_matplotlib_a_report_says_why_it_has_no_pictures(place, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    bundle, plan = read_bundle(place / "bundle"), EvaluationPlan(modes=(BASELINE,))
    done = Evaluated((), rows_of_two_tasks(), plan, bundle, LeftOut())
    report = write_report(tmp_path, done)
    assert "No pictures: they need matplotlib (pip install 'sammoe[train]')." in report.text
    assert [path.name for path in report.files] == ["rows.csv", "report.md"]


def test_several_processes_give_the_numbers_of_one(place, tmp_path):
    def numbers(processes):
        folder = tmp_path / processes
        told = ("--threads", "1", "--worst", "0", "--out", str(folder))
        assert evaluate(place, "--processes", processes, *told) == 0
        with (folder / "rows.csv").open() as stream:
            return [{**row, "seconds": 0} for row in csv.DictReader(stream)]

    assert numbers("2") == numbers("1")


def test_the_extra_for_training_brings_what_draws_the_pictures():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [word.split(">")[0] for word in extras["optional-dependencies"]["train"]]
    assert "matplotlib" in names


@pytest.mark.parametrize("below", ["", "below"])
def test_a_place_where_no_report_can_be_written_is_noticed_first(place, tmp_path, capsys, below):
    (tmp_path / "file").touch()
    assert evaluate(place, "--data", "nowhere", "--out", str(tmp_path / "file" / below)) == 2
    assert "no report can be written into" in capsys.readouterr().err.splitlines()[-1]


def interrupted(place, folder):
    """Evaluate 12 cases into a folder's `out`, interrupt after the first; return what was said."""
    scans = write_nnunet(folder / "scans", scans=6)
    command = [
        sys.executable, "-m", "sammoe.cli", "evaluate", "--bundle", str(place / "bundle"),
        "--data", str(scans), "--modes", "baseline", "--device", "cpu",
        "--out", str(folder / "out"), "--processes", "1", "--worst", "0",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "SAMMoESlicer"), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command,
        env=environment,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as study:
        assert any("cases 1/12" in line for line in study.stderr)
        study.send_signal(signal.SIGINT)
        said, errors = study.communicate()
    assert study.returncode == 130, errors
    return said


def scored_in(path):
    with path.open() as stream:
        return len({row["case"] for row in csv.DictReader(stream)})


def test_ctrl_c_leaves_a_report_of_what_was_scored(place, tmp_path):
    said = interrupted(place, tmp_path)
    scored = int(re.search(r"stopped: (\d+) of 12 cases are in the report", said)[1])
    assert 1 <= scored < 12
    text = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert f"{scored} cases used, {12 - scored} left out:" in text
    assert "case05:2: not scored, the evaluation was stopped" in text
    assert scored_in(tmp_path / "out" / "rows.csv") == scored
    assert not (tmp_path / "out" / PART_FILE).exists()


def test_an_evaluation_stopped_before_its_first_case_promises_no_report(
    place, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("sammoe.evaluation.score_cases", lambda *_, **__: Scored([], [], "Ctrl+C"))
    with pytest.raises(SystemExit) as ended:
        evaluate(place, "--out", str(tmp_path))
    assert ended.value.code == 130
    assert "stopped before the first of 2 cases was scored" in capsys.readouterr().out
    assert not (tmp_path / "report.md").exists()


def test_a_part_of_an_evaluation_does_not_replace_an_earlier_report(place, tmp_path):
    earlier = {"rows.csv": b"earlier rows", "report.md": b"an earlier report"}
    (tmp_path / "out").mkdir()
    for name, content in earlier.items():
        (tmp_path / "out" / name).write_bytes(content)
    said = interrupted(place, tmp_path)
    scored = int(re.search(rf"(\d+) of 12 cases are in {PART_FILE}, the earlier", said)[1])
    assert scored_in(tmp_path / "out" / PART_FILE) == scored
    for name, content in earlier.items():
        assert (tmp_path / "out" / name).read_bytes() == content


def test_an_evaluation_that_was_killed_goes_on_where_it_was(place, tmp_path, capsys):
    write_nnunet(tmp_path / "scans", scans=2)
    part = tmp_path / "out" / PART_FILE
    words = [
        "evaluate", "--bundle", str(place / "bundle"), "--data", str(tmp_path / "scans"),
        "--modes", "baseline", "--prompts", "points:1", "--device", "cpu", "--processes", "1",
        "--out", str(tmp_path / "out"), "--worst", "0",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "SAMMoESlicer"), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "-m", "sammoe.cli", *words], env=environment) as study:
        while not part.exists() or scored_in(part) < 2:
            assert study.poll() is None
        study.kill()
    first, *others = part.read_text("utf-8").splitlines(keepends=True)[1:]
    marked = first.replace("general", "marked")  # scored again it would have its own name
    part.write_text(
        "".join([part.read_text("utf-8").splitlines(keepends=True)[0], marked, *others])
    )
    assert main(words) == 0
    assert "of 4 cases were scored before this evaluation was ended" in capsys.readouterr().out
    with (tmp_path / "out" / "rows.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["case"] for row in rows] == ["case00:1", "case00:2", "case01:1", "case01:2"]
    assert [row["trajectory"] for row in rows] == ["marked", *["general"] * 3]
    assert not list((tmp_path / "out").glob("rows.part*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--modes", "best"), "the modes are"),
        (("--modes", "expert:rib"), "no expert 'rib'"),
        (("--structures", "nowhere.json"), "does not say what labels are"),
        (("--scan", "mr_*"), "no labelled object"),
        (("--prompts", "lasso"), "is no prompt"),
        (("--expert", "ball=spleen"), "no expert 'spleen'"),
        (("--expert", "bal=liver"), "no class 'bal'; the classes are: 1 ball, 2 box"),
        (("--expert", "26-33=liver"), "no class '26-33'; the classes are: 1 ball, 2 box"),
        (("--modes", "experts", "--label", "box"), "classes are: 2 box; the experts are: liver, "),
        (("--label", "heart"), "1 ball, 2 box"),
        (("--data", "nowhere"), "no folder"),
        (("--min-voxels", "100000"), "no labelled object of 100000 voxels"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(place, capsys, words, said):
    assert evaluate(place, *words) == 2
    assert said in capsys.readouterr().err.splitlines()[-1]
