"""The validation sheet: painted scans that are always the same, and what is written of them."""

import numpy as np
import pytest
import torch

from sammoe.bundle import build_model
from sammoe.engine import Predictor
from sammoe.intensity import choose_window, sample_values
from sammoe.options import GENERAL
from sammoe.training.anatomy.atlas import Atlas
from sammoe.training.loop.processes import Processes
from sammoe.training.loop.workshop import Workshop
from sammoe.training.samples.painted_scans import LEAST_VOXELS, PaintedScans
from sammoe.training.samples.tasks import TASKS
from sammoe.training.sheet import SheetOptions, ValidationSheet
from sammoe.training.sheet.sheet import read_sheet
from sammoe.training.sheet.tried import CLICKS, Tried, lost_dice, sides_found, tried
from small_body import small_body
from tiny_bundle import write_tiny_bundle

FEW = SheetOptions(scans=3, objects=4, side=48)


@pytest.fixture(scope="module")
def atlas():
    return Atlas([small_body()], [1.0], device=torch.device("cpu"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Two experts, of which the gate likes the first."""
    return write_tiny_bundle(tmp_path_factory.mktemp("sheet") / "bundle")


class OneOf(Processes):
    """A process of several whose sums are taken by the test."""

    def mean(self, values):
        return values / self.count

    def wait(self):
        pass


def a_sheet(folder, atlas, **workshop):
    folder.mkdir(exist_ok=True)
    return ValidationSheet(Workshop(folder, **workshop), atlas, TASKS, FEW)


def test_a_scan_is_always_the_same_and_its_objects_are_different_ones(atlas):
    first, again = (PaintedScans(atlas, objects=6, side=48).scan(3) for _ in range(2))
    assert np.array_equal(first.volume.array_kji, again.volume.array_kji)
    assert first.kinds == again.kinds
    masks = np.stack(first.masks_kji)
    assert np.array_equal(masks, np.stack(again.masks_kji))
    assert masks.shape[1:] == first.volume.array_kji.shape
    assert (masks.sum((1, 2, 3)) >= LEAST_VOXELS).all()
    assert len({mask.tobytes() for mask in masks}) == len(masks)


def test_the_product_takes_painted_ct_for_ct_and_nothing_else(atlas):
    scans = PaintedScans(atlas, objects=1, side=48)
    lowest = []
    for number in range(12):
        volume = scans.scan(number).volume
        lowest.append(volume.array_kji.min() < 0)
        assert choose_window(sample_values(volume)).is_ct == lowest[-1]
    assert any(lowest)
    assert not all(lowest)


def test_what_is_lost_at_the_boundary_and_far_from_it_is_what_the_dice_lacks():
    truth, mask = np.zeros((2, 24, 24, 24), bool)
    truth[6:16, 6:16, 6:16] = True
    mask[7:16, 6:16, 6:16] = True
    mask[20:22, 20:22, 20:22] = True
    boundary, far = lost_dice(mask, truth)
    assert boundary == pytest.approx(100 / (1000 + 908))
    assert far == pytest.approx(8 / (1000 + 908))
    assert lost_dice(truth, truth) == (0.0, 0.0)


def test_a_side_is_found_within_a_factor_and_an_empty_mask_has_none():
    truth, mask = np.zeros((2, 24, 24, 24), bool)
    truth[:10, :10, :10] = True
    mask[:14, :15, :8] = True
    assert sides_found(mask, truth) == 2
    assert sides_found(np.zeros_like(truth), truth) == 0


def test_only_clicks_that_cost_something_are_falls():
    outcome = Tried((0.5, 0.498, 0.6, 0.59, 0.59), (0.0, 0.0), 0, 0.0, 0.0, GENERAL)
    assert outcome.falls == 1


def test_an_object_is_clicked_five_times_and_looked_at_in_its_true_crop(atlas, bundle):
    scan = PaintedScans(atlas, objects=4, side=48).scan(3)
    predictor = Predictor(build_model(bundle), bundle.card, bundle_hash="x", device="cpu")
    predictor.set_volume(scan.volume)
    outcome = tried(predictor, bundle.card, scan.volume, scan.masks_kji[0])
    assert len(outcome.dice) == CLICKS
    assert outcome.dice[-1] + outcome.boundary + outcome.far == pytest.approx(1.0)
    assert all(0.0 <= value <= 1.0 for value in outcome.dice_in_true_crop)
    assert outcome.sent_to in (*bundle.card.expert_ids, GENERAL)


def test_every_look_is_a_line_and_the_same_step_again_takes_its_place(atlas, bundle, tmp_path):
    sheet = a_sheet(tmp_path / "work", atlas)
    model = build_model(bundle)
    first = sheet.look("general", 100, model, bundle.card)
    sheet.look("mixture", 0, model, bundle.card)
    sheet.look("general", 100, model, bundle.card)
    lines = read_sheet(tmp_path / "work" / "sheet.csv")
    assert [(line["stage"], line["step"]) for line in lines] == [
        ("general", "100"),
        ("mixture", "0"),
    ]
    assert float(lines[0]["Dice 5"]) == pytest.approx(first["Dice 5"], rel=1e-3)
    sent = [value for name, value in first.items() if " to " in name]
    assert sum(sent) == first["objects"] > 0


def test_processes_share_the_scans_and_their_sheets_add_up_to_that_of_one(atlas, bundle, tmp_path):
    model = build_model(bundle)
    whole = a_sheet(tmp_path / "one", atlas).look("general", 1, model, bundle.card)
    halves = [
        a_sheet(tmp_path / str(rank), atlas, processes=OneOf(rank, 2)).look(
            "general", 1, model, bundle.card
        )
        for rank in range(2)
    ]
    assert sum(half["objects"] for half in halves) == whole["objects"]
    weighed = sum(half["Dice 5"] * half["objects"] for half in halves)
    assert weighed / whole["objects"] == pytest.approx(whole["Dice 5"])
    assert not (tmp_path / "1" / "sheet.csv").exists()
