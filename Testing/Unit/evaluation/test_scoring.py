"""How a case is clicked through and scored."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
import SimpleITK as sitk

from sammoe.engine import Predictor
from sammoe.evaluation import (
    Case,
    EvaluationPlan,
    Series,
    Wanted,
    find_cases,
)
from sammoe.evaluation.click_loop import click_through
from sammoe.evaluation.methods import mixture_rows
from sammoe.evaluation.metrics import score_mask
from sammoe.evaluation.plan import BASELINE, seed_of
from sammoe.evaluation.score_case import score_case
from sammoe.labelled_scans import LeftOut
from sammoe.overlap import dice
from sammoe.simulated_user import earlier_mask, most_interior_voxel
from tiny_scans import to_image, write_nnunet

UNIT = np.ones(3)


def test_what_the_mixture_gives_is_what_the_product_shows(place):
    case = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))[0]
    plan = EvaluationPlan(bundle=place / "bundle", device="cpu", series=(Series("points", 2),))
    told = mixture_rows(score_case(case, plan))
    predictor = Predictor.from_bundle(place / "bundle", device="cpu")
    volume, truth = case.read()
    predictor.set_volume(volume)
    spacing = volume.spacing_mm[::-1]
    shown = [
        score_mask(step.result.mask_kji, truth, spacing, nsd_mm=plan.nsd_mm).dice
        for step in click_through(predictor, volume, truth, Series("points", 2))
    ]
    assert [row.dice for row in told] == shown
    assert [row.trajectory for row in told] == ["mixture", "mixture"]


def test_a_series_that_begins_with_a_mask_shows_it_first_and_then_what_clicks_make_of_it(place):
    case = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))[0]
    volume, truth = case.read()
    predictor = Predictor.from_bundle(place / "bundle", device="cpu")
    predictor.set_volume(volume)
    plan = EvaluationPlan(bundle=place / "bundle", device="cpu", series=(Series("mask", 2),))
    seed = seed_of(case.name, 0)
    steps = list(click_through(predictor, volume, truth, Series("mask", 2), seed=seed))
    given = earlier_mask(truth, spacing=tuple(volume.spacing_mm[::-1]), seed=seed)
    assert [step.clicks for step in steps] == [0, 1, 2]
    np.testing.assert_array_equal(steps[0].mask_kji, given)
    assert steps[0].result is None
    assert steps[0].scores == {}
    assert steps[2].scores == steps[1].scores != {}
    assert len(steps[2].prompts) == 2
    rows = mixture_rows(score_case(case, plan))
    assert [row.clicks for row in rows] == [0, 1, 2]
    assert rows[0].dice == pytest.approx(dice(given, truth))


def test_every_user_begins_elsewhere_and_the_first_one_in_the_middle(place):
    case = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))[0]
    plan = EvaluationPlan(bundle=place / "bundle", device="cpu", modes=(BASELINE,),
                          series=(Series("points", 1),), users=3)  # fmt: skip
    rows = score_case(case, plan)
    assert [row.user for row in rows] == [0, 1, 2]
    assert rows[:1] == [replace(row, seconds=rows[0].seconds)
                        for row in score_case(case, replace(plan, users=1))]  # fmt: skip
    volume, truth = case.read()
    seen = MasksEverything(volume)
    for user in range(3):
        seed = seed_of(case.name, user)
        list(click_through(seen, volume, truth, Series("points", 1), seed=seed, exact=user == 0))
    middle = most_interior_voxel(truth, spacing=tuple(volume.spacing_mm[::-1]))
    assert seen.clicked_ijk[0] == tuple(middle[::-1])
    assert len(set(seen.clicked_ijk)) == 3
    assert all(truth[k, j, i] for i, j, k in seen.clicked_ijk)


def test_who_draws_a_box_may_click_into_the_middle_before_looking(place):
    case = find_cases([place / "scans"], LeftOut(), wanted=Wanted(labels=("ball",)))[0]
    volume, truth = case.read()
    seen = MasksEverything(volume)
    steps = list(click_through(seen, volume, truth, Series("box+point", 2), seed=3))
    boxed = next(click_through(seen, volume, truth, Series("box", 0), seed=3))
    assert [step.clicks for step in steps] == [1, 2]
    assert [len(step.prompts) for step in steps] == [1, 2]
    middle = most_interior_voxel(truth, spacing=tuple(volume.spacing_mm[::-1]))
    assert seen.clicked_ijk[0] == tuple(middle[::-1])
    for step in steps:
        np.testing.assert_array_equal(step.prompts.box_ras, boxed.prompts.box_ras)


def test_no_two_cases_share_the_errors_of_their_boxes():
    names = [f"scan:{label}" for label in range(200)]
    seeds = {seed_of(name, user) for user in (0, 1) for name in names}
    assert len(seeds) == 400
    assert seed_of("scan:7", 0) == 548522560  # or no figure written down could be had again


class MasksEverything:
    """A predictor whose every mask is the whole volume; keeps where it was clicked."""

    def __init__(self, volume):
        self.volume, self.clicked_ijk = volume, []

    def predict(self, prompts, options):
        for click_ijk in self.volume.points_ijk(prompts.points_ras)[-1:]:
            self.clicked_ijk.append(tuple(click_ijk.round().astype(int)))
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
    steps = click_through(predictor, scan.volume, truth, Series("points", 4), ignored_kji=ignored)
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
        bundle=place / "bundle", device="cpu", series=(Series("points", 2),), modes=(BASELINE,)
    )
    alone = [score_case(case, plan) for case in scans]
    together = [CaseReadTogether(**vars(case)) for case in scans]
    with ThreadPoolExecutor(len(scans)) as threads:
        threaded = list(threads.map(lambda case: score_case(case, plan), together))
    for expected, found in zip(alone, threaded, strict=True):
        assert [replace(row, seconds=0.0) for row in found] == [
            replace(row, seconds=0.0) for row in expected
        ]


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
