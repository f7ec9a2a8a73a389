"""Prompts are embedded as the product asks the gate of them."""

import numpy as np
import pytest
import torch

from sammoe.model.compact import build_compact
from sammoe.model.drawn_mask import INSIDE
from sammoe.model.sam_moe import SamMoE
from sammoe.training.gate.embed import embed_views
from sammoe.training.view_batch import ViewBatch
from tiny_compact import TINY


class Cubes:
    """Bright cubes in the middle of dark views: first looks, or fitted to the cube."""

    def __init__(self, *, first_look):
        self.first_look = first_look

    def sample(self, rng: np.random.Generator, *, views, objects, size):
        mask = torch.zeros(size, size, size, dtype=torch.bool)
        mask[5:12, 4:11, 6:12] = True
        patches = mask[None, None].float() * 1.6 - 0.8 + 0.01 * torch.randn(views, 1, 1, 1, 1)
        rows = torch.arange(views).repeat_interleave(objects)
        return ViewBatch(
            patches, mask.expand(len(rows), -1, -1, -1).clone(), rows, np.zeros(len(rows)),
            at_click=torch.full((len(rows),), self.first_look),
        )  # fmt: skip


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    backbone, general = build_compact(**TINY, patch_size=16)
    return SamMoE(backbone, general=general).eval()


def clicks_of(model, *, first_look, boxes=True):
    """Return how many clicks each prompt has, (S,)."""
    bank = embed_views(
        model, Cubes(first_look=first_look), samples=60, class_index=0, size=16, seed=1, boxes=boxes
    )
    is_click = (bank.point_labels >= 0) & (bank.point_labels < INSIDE)
    return is_click.sum(dim=1)


def test_a_first_look_is_asked_about_with_one_click(model):
    assert clicks_of(model, first_look=True).unique().tolist() == [1]


def test_a_fitted_view_is_asked_about_with_a_box_or_after_some_clicks(model):
    found = clicks_of(model, first_look=False)
    assert found.unique().tolist() == [0, 1, 2, 3]
    assert 0.25 < float((found == 0).float().mean()) < 0.75


def test_weights_that_know_no_boxes_are_never_asked_about_one(model):
    assert clicks_of(model, first_look=False, boxes=False).unique().tolist() == [1, 2, 3]
