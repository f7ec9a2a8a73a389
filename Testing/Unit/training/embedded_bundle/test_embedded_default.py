"""The bundle in the repository: small, complete, and trained."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sammoe.bundle import read_bundle
from sammoe.engine import Predictor
from sammoe.evaluation import Series, Wanted, find_cases
from sammoe.evaluation.click_loop import click_through
from sammoe.labelled_scans import LeftOut
from sammoe.overlap import dice
from sammoe.volume import Volume

REPOSITORY = Path(__file__).parents[4]
BUNDLE = REPOSITORY / "Resources" / "Models" / "demo"
SCANS = REPOSITORY.parent / "shared" / "data"
MOST_BYTES = 17_000_000
MOST_BANK_BYTES = 2_200_000


@pytest.fixture(scope="module")
def predictor():
    torch.set_num_threads(1)
    return Predictor.from_bundle(BUNDLE, device="cpu")


def a_ball_in_noise():
    axes = np.meshgrid(*[np.arange(64)] * 3, indexing="ij", sparse=True)
    mask = sum((axis - 32) ** 2 for axis in axes) <= 12**2
    noise = np.random.default_rng(0).normal(0, 10, mask.shape)
    grey = np.where(mask, 120, 20) + noise
    grey[:2] = -1000
    return Volume(grey.astype(np.int16), np.diag([2.0, 2, 2, 1])), mask


def dice_by_clicks(predictor, volume, mask, series):
    """Return Dice after every prompt of a series."""
    predictor.set_volume(volume)
    steps = click_through(predictor, volume, mask, series)
    return [dice(step.result.mask_kji, mask) for step in steps]


def test_it_is_small_has_experts_and_a_gate_and_says_what_it_was_trained_on():
    bundle = read_bundle(BUNDLE)
    sizes = {path.name: path.stat().st_size for path in BUNDLE.rglob("*") if path.is_file()}
    assert sizes.pop("gate_bank.safetensors") <= MOST_BANK_BYTES
    assert sum(sizes.values()) <= MOST_BYTES
    assert len(bundle.card.experts) >= 4
    assert bundle.card.has_gate
    assert bundle.card.has_second_decoder
    assert "CC BY 3.0" in bundle.card.training["data"]
    assert all(expert.terminology for expert in bundle.card.experts)


def test_a_ball_is_found_with_five_clicks(predictor):
    assert dice_by_clicks(predictor, *a_ball_in_noise(), Series("points", 5))[-1] > 0.8


def test_a_box_alone_gives_a_mask_and_clicks_are_counted_after_it(predictor):
    found = dice_by_clicks(predictor, *a_ball_in_noise(), Series("box", 2))
    assert found[0] > 0.4
    assert len(found) == 3


@pytest.mark.skipif(not SCANS.is_dir(), reason="the real scans lie in ../shared/data, not here")
def test_real_vertebrae_reach_the_first_goal_after_five_clicks(predictor):
    wanted = Wanted(scans=("ct_torso",), labels=("29", "31"))
    vertebrae = [case.read() for case in find_cases([SCANS], LeftOut(), wanted=wanted)]
    assert len(vertebrae) == 2
    found = [dice_by_clicks(predictor, *scan, Series("points", 5))[-1] for scan in vertebrae]
    assert np.mean(found) > 0.45
