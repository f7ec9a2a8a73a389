"""`sammoe evaluate` through the product on tiny data, and its tables on rows written by hand."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from argparse import ArgumentTypeError
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import SimpleITK as sitk

from report_rows import rows_of_two_tasks
from sammoe.bundle import read_bundle
from sammoe.cli import main
from sammoe.commands.evaluate_command import class_experts
from sammoe.engine import Predictor
from sammoe.errors import SAMMoEError
from sammoe.evaluation import (
    Case,
    Evaluated,
    EvaluationPlan,
    Series,
    Wanted,
    check_classes,
    check_pinned,
    find_cases,
    parse_modes,
    parse_series,
    write_report,
)
from sammoe.evaluation.click_loop import click_through
from sammoe.evaluation.experts import expert_of
from sammoe.evaluation.methods import mixture_rows
from sammoe.evaluation.metrics import score_mask
from sammoe.evaluation.plan import BASELINE, EXPERTS, MIXTURE
from sammoe.evaluation.score_case import score_case
from sammoe.labelled_scans import Entry, LeftOut
from tiny_bundle import write_tiny_bundle
from tiny_scans import to_image, write_nnunet

ROOT = Path(__file__).parents[3]
UNIT = np.ones(3)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A bundle with the experts `liver` and `vessels`, a scan, and a report on them."""
    folder = tmp_path_factory.mktemp("study")
    write_tiny_bundle(folder / "bundle")
    write_nnunet(folder / "scans", scans=1)
    assert evaluate(folder) == 0
    return folder


def evaluate(place: Path, *words: str) -> int:
    return main([
        "evaluate", "--bundle", str(place / "bundle"), "--data", str(place / "scans"),
        "--prompts", "points:2,box", "--expert", "ball=liver", "--device", "cpu",
        "--processes", "1", "--worst", "1", "--out", str(place / "report"), *words,
    ])  # fmt: skip


def test_a_report_has_rows_tables_and_pictures(place):
    report = place / "report"
    names = {path.name for path in report.iterdir()}
    assert names == {"rows.csv", "report.md", "dice_by_clicks.png", "dice_by_class.png",
                     "gate_confusion.png", "gate_reliability.png", "worst_1.png"}  # fmt: skip
    with (report / "rows.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    # two objects; points give two masks, the box one; general and three fusions, one is pinned
    assert len(rows) == 2 * 3 * 4 + 3
    assert {row["trajectory"] for row in rows} == {
        "general", "pinned:liver", "weighted", "average", "softmax-after"
    }  # fmt: skip
    assert all(0 <= float(row["dice"]) <= 1 for row in rows)
    text = (report / "report.md").read_text()
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
    assert evaluate(place, "--processes", "2", "--worst", "0", "--out", str(tmp_path)) == 0

    def numbers(folder):
        with (folder / "rows.csv").open() as stream:
            return [{**row, "seconds": 0} for row in csv.DictReader(stream)]

    assert numbers(tmp_path) == numbers(place / "report")


def test_the_extra_for_training_brings_what_draws_the_pictures():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [word.split(">")[0] for word in extras["optional-dependencies"]["train"]]
    assert "matplotlib" in names


@pytest.mark.parametrize("below", ["", "below"])
def test_a_place_where_no_report_can_be_written_is_noticed_first(place, tmp_path, capsys, below):
    (tmp_path / "file").touch()
    assert evaluate(place, "--data", "nowhere", "--out", str(tmp_path / "file" / below)) == 2
    assert "no report can be written into" in capsys.readouterr().err.splitlines()[-1]


def test_ctrl_c_leaves_a_report_of_what_was_scored(place, tmp_path):
    scans = write_nnunet(tmp_path / "scans", scans=6)
    command = [
        sys.executable, "-m", "sammoe.cli", "evaluate", "--bundle", str(place / "bundle"),
        "--data", str(scans), "--modes", "baseline", "--device", "cpu", "--out", str(tmp_path),
        "--processes", "1", "--worst", "0",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "SAMMoESlicer"), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as study:
        assert any("cases 1/12" in line for line in study.stderr)
        study.send_signal(signal.SIGINT)
        said, errors = study.communicate()
    assert study.returncode == 130, errors
    scored = int(re.search(r"stopped: (\d+) of 12 cases are in the report", said)[1])
    assert 1 <= scored < 12
    text = (tmp_path / "report.md").read_text()
    assert f"{scored} cases used, {12 - scored} left out:" in text
    assert "case05:2: not scored, the evaluation was stopped" in text
    with (tmp_path / "rows.csv").open() as stream:
        assert len({row["case"] for row in csv.DictReader(stream)}) == scored


def test_what_the_mixture_gives_is_what_the_product_shows(place):
    case = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))[0]
    plan = EvaluationPlan(bundle=place / "bundle", device="cpu", series=(Series(False, 2),))
    derived = mixture_rows(score_case(case, plan))
    predictor = Predictor.from_bundle(place / "bundle", device="cpu")
    volume, truth = case.read()
    predictor.set_volume(volume)
    spacing = volume.spacing_mm[::-1]
    shown = [
        score_mask(step.result.mask_kji, truth, spacing, nsd_mm=plan.nsd_mm).dice
        for step in click_through(predictor, volume, truth, Series(False, 2))
    ]
    assert [row.dice for row in derived] == shown
    assert [row.trajectory for row in derived] == ["weighted", "weighted"]


class MasksEverything:
    """A predictor whose every mask is the whole volume; keeps where it was clicked."""

    def __init__(self, volume):
        self.volume, self.clicked_ijk = volume, []

    def predict(self, prompts, options):
        clicks_ijk = self.volume.points_ijk(prompts.points_ras)
        self.clicked_ijk.append(tuple(clicks_ijk[-1].round().astype(int)))
        mask = np.ones(self.volume.array_kji.shape, bool)
        return SimpleNamespace(mask_kji=mask, scores={"general": 1.0}, tau=0.5)


def test_what_nobody_annotated_is_no_class_and_neither_scored_nor_clicked(tmp_path):
    scans = write_nnunet(tmp_path / "scans", scans=1)
    path = scans / "labelsTr" / "case00.nii.gz"
    labels = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    labels[labels == 2] = 0
    labels[:, :, 5:][labels[:, :, 5:] == 0] = 3
    sitk.WriteImage(to_image(labels), str(path))
    names = {"background": 0, "ball": 1, "ignore": 3}
    (scans / "dataset.json").write_text(json.dumps({"labels": names}))

    (case,) = find_cases([scans], LeftOut())
    scan = case.read_scan()
    ignored = scan.ignored_kji
    assert (case.class_name, int(ignored.sum())) == ("ball", int((labels == 3).sum()))
    predictor = MasksEverything(scan.volume)
    _, truth = case.read()
    steps = click_through(predictor, scan.volume, truth, Series(False, 4), ignored_kji=ignored)
    masks = [step.mask_kji for step in steps]
    assert len(masks) == 4
    for mask in masks:
        np.testing.assert_array_equal(mask, ~ignored)
    assert not any(ignored[k, j, i] for i, j, k in predictor.clicked_ijk)


class CaseReadTogether(Case):
    """Is read when the other threads have read theirs, so that all of them go on at once."""

    barrier: ClassVar[Barrier] = Barrier(4)

    def read_scan(self):
        found = super().read_scan()
        self.barrier.wait(600)
        return found


def write_scans_far_apart(folder: Path) -> Path:
    """Write four scans half a metre apart: a click in one lies outside the others."""
    for path in write_nnunet(folder, scans=4).glob("*/*.nii.gz"):
        image = sitk.ReadImage(str(path))
        image.SetOrigin((500.0 * int(path.name[4:6]), 0.0, 0.0))
        sitk.WriteImage(image, str(path))
    return folder


def test_threads_that_score_at_the_same_time_get_the_numbers_of_one(place, tmp_path):
    scans = find_cases(
        [write_scans_far_apart(tmp_path)], LeftOut(), wanted=Wanted(labels=("ball",))
    )
    plan = EvaluationPlan(
        bundle=place / "bundle", device="cpu", series=(Series(False, 2),), modes=(BASELINE,)
    )
    alone = [score_case(case, plan) for case in scans]
    together = [CaseReadTogether(**vars(case)) for case in scans]
    with ThreadPoolExecutor(len(scans)) as threads:
        threaded = list(threads.map(lambda case: score_case(case, plan), together))
    for expected, found in zip(alone, threaded, strict=True):
        assert [replace(row, seconds=0.0) for row in found] == [
            replace(row, seconds=0.0) for row in expected
        ]


def test_a_class_without_an_expert_is_expected_to_stay_with_the_general_decoder():
    case = Case("a:1", "Liver", Entry("a", Path("a"), Path("b")), 1)
    assert expert_of(case, EvaluationPlan(), ("liver",)) == "liver"
    assert expert_of(case, EvaluationPlan(), ("spleen",)) == ""
    told_by_data = replace(case, expert="spleen")
    assert expert_of(told_by_data, EvaluationPlan(), ("liver", "spleen")) == "spleen"
    for told in ({"Liver": "spleen"}, {"1": "spleen"}):
        assert expert_of(case, EvaluationPlan(expert_of=told), ("spleen",)) == "spleen"


def test_a_range_of_label_values_may_be_one_experts_task():
    assert class_experts("2-4=rib") == {"2": "rib", "3": "rib", "4": "rib"}
    assert class_experts("left-rib=rib") == {"left-rib": "rib"}
    with pytest.raises(ArgumentTypeError, match="empty range"):
        class_experts("4-2=rib")


def test_a_range_needs_one_of_its_classes_only_and_a_class_may_be_named_but_not_drawn(place):
    cases = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))
    told = [{"1": "liver", "7": "liver"}, {"box": "vessels"}]
    check_classes(told, cases, {"2", "box"})
    with pytest.raises(SAMMoEError, match="no class 'box'; the classes are: 1 ball"):
        check_classes(told, cases)


def test_pinned_experts_alone_need_a_class_and_beside_other_modes_they_do_not(place):
    cases = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))
    check_pinned(cases, EvaluationPlan(modes=(EXPERTS,)), ("ball",))
    check_pinned(cases, EvaluationPlan(modes=(BASELINE, EXPERTS)), ())
    with pytest.raises(SAMMoEError, match="the experts are: none"):
        check_pinned(cases, EvaluationPlan(modes=(EXPERTS,)), ())


def test_the_metrics_of_known_masks_are_known():
    truth = np.zeros((12, 12, 12), bool)
    truth[3:9, 3:9, 3:9] = True
    same = score_mask(truth, truth, UNIT, nsd_mm=1.0)
    assert (same.dice, same.nsd, same.hd95_mm) == (1.0, 1.0, 0.0)
    moved = score_mask(np.roll(truth, 2, axis=0), truth, np.array([3.0, 1, 1]), nsd_mm=1.0)
    assert moved.dice == pytest.approx(2 / 3)
    assert moved.hd95_mm == pytest.approx(6.0)
    assert 0 < moved.nsd < 1
    nothing = score_mask(np.zeros_like(truth), truth, UNIT, nsd_mm=1.0)
    assert (nothing.dice, nothing.nsd) == (0.0, 0.0)
    assert nothing.hd95_mm == pytest.approx(np.sqrt(3 * 12**2))


def test_prompts_and_modes_are_read_as_they_are_written():
    assert parse_series("points:6,box,box:3") == (
        Series(False, 6),
        Series(True, 0),
        Series(True, 3),
    )
    assert [series.name for series in parse_series("points, box")] == ["points:1", "box"]
    assert list(Series(True, 2).counts) == [0, 1, 2]
    assert parse_modes("mixture,expert:rib,mixture") == (MIXTURE, "expert:rib")


@pytest.mark.parametrize("text", ["", "points:0", "points:x", "lasso", "points:6;box", "box:999"])
def test_prompts_that_make_no_sense_are_refused(text):
    with pytest.raises(SAMMoEError):
        parse_series(text)


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
