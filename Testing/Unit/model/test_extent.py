"""Distances from a click as distributions over bins: what is taught, and what looks add up to."""

import numpy as np
import pytest
import torch

from sammoe.model.extent import (
    BINS,
    extent_bins,
    extent_loss,
    extent_targets,
    guessed_distances_mm,
)


def certain(distances_mm, sides_mm):
    """Return logits (2, 3, BINS) that are sure of distances (2, 3) in a patch of sides (3,)."""
    parts = np.log(np.asarray(distances_mm, float)[..., None] / np.asarray(sides_mm)[:, None])
    return -30.0 * np.abs(parts - np.log(extent_bins()))


def test_bins_run_from_a_64th_to_nearly_four_sides_and_six_make_a_factor_of_three():
    bins = extent_bins()
    assert bins[0] == pytest.approx(1 / 64)
    assert 3.5 < bins[-1] < 4.0
    assert bins[6] / bins[0] == pytest.approx(3.0)


def test_a_distance_between_two_bins_is_shared_by_them():
    bounds = torch.tensor([[[10.0, 2.0, 16.0], [20.0, 40.0, 17.0]]])
    targets = extent_targets(torch.tensor([[16.0, 16.0, 16.0]]), bounds, torch.tensor([32] * 3))
    assert targets.shape == (1, 2, 3, BINS)
    assert torch.allclose(targets.sum(-1), torch.ones(1, 2, 3))
    meant = (targets * torch.as_tensor(extent_bins()).log()).sum(-1).exp()[0] * 32
    wanted = torch.tensor([[6.0, 14.0, 0.5], [4.0, 24.0, 1.0]])
    assert torch.allclose(meant.float(), wanted, rtol=0.02)


def test_unknown_bounds_cost_nothing_and_a_right_guess_costs_least():
    bounds = torch.tensor([[[10.0, 2, 12], [20, 30, 21]], [[torch.nan] * 3, [1.0] * 3]])
    targets = extent_targets(torch.full((2, 3), 16.0), bounds, torch.tensor([32] * 3))
    right = targets.nan_to_num().clamp(min=1e-6).log()
    loss = extent_loss(right, targets)
    assert loss[1] == 0
    assert loss[0] < extent_loss(torch.zeros_like(right), targets)[0]


def test_two_looks_that_agree_in_mm_are_surer_than_one():
    distances = [[20.0, 35.0, 12.0], [14.0, 35.0, 60.0]]
    fine, wide = np.full(3, 112.0), np.full(3, 336.0)
    looks = [(certain(distances, sides) / 30, sides) for sides in (fine, wide)]
    one, both = (guessed_distances_mm(some, exceeded=0.5) for some in (looks[:1], looks))
    assert np.allclose(both, distances, rtol=0.15)
    assert np.allclose(one, distances, rtol=0.35)
    far_one, far_both = (guessed_distances_mm(some, exceeded=0.1) for some in (looks[:1], looks))
    assert (far_one / one > far_both / both).all()
    assert (far_both >= both).all()


def test_a_look_that_knows_nothing_changes_nothing():
    distances = [[20.0, 35.0, 12.0], [14.0, 35.0, 60.0]]
    sides = np.full(3, 112.0)
    known = (certain(distances, sides), sides)
    silent = (np.zeros((2, 3, BINS)), np.full(3, 336.0))
    guessed = guessed_distances_mm([known, silent], exceeded=0.5)
    assert np.allclose(guessed, distances, rtol=0.1)
