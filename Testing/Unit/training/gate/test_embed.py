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

BOX = torch.tensor([[3.0, 2.0, 6.5], [12.5, 9.5, 13.0]])


class Cubes:
    """Bright cubes in the middle of dark views: first looks, or fitted to the cube or its box."""

    def __init__(self, *, first_look=False, boxed=False):
        self.first_look, self.boxed = first_look, boxed

    def sample(self, rng: np.random.Generator, *, views, objects, size):
        mask = torch.zeros(size, size, size, dtype=torch.bool)
        mask[5:12, 4:11, 6:12] = True
        patches = mask[None, None].float() * 1.6 - 0.8 + 0.01 * torch.randn(views, 1, 1, 1, 1)
        rows = torch.arange(views).repeat_interleave(objects)
        return ViewBatch(
            patches, mask.expand(len(rows), -1, -1, -1).clone(), rows, np.zeros(len(rows)),
            at_click=torch.full((len(rows),), self.first_look),
            boxes=BOX.expand(len(rows), -1, -1) if self.boxed else None,
        )  # fmt: skip


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    backbone, general = build_compact(**TINY, patch_size=16)
    return SamMoE(backbone, general=general).eval()


def clicks_of(model, source, *, boxes=True):
    """Return how many clicks each prompt has, (S,)."""
    bank = embed_views(model, source, samples=60, class_index=0, size=16, seed=1, boxes=boxes)
    is_click = (bank.point_labels >= 0) & (bank.point_labels < INSIDE)
    return is_click.sum(dim=1)


def test_a_first_look_is_asked_about_with_one_click(model):
    assert clicks_of(model, Cubes(first_look=True)).unique().tolist() == [1]


def test_a_fitted_view_is_asked_about_with_a_box_or_after_some_clicks(model):
    found = clicks_of(model, Cubes())
    assert found.unique().tolist() == [0, 1, 2, 3]
    assert 0.25 < float((found == 0).float().mean()) < 0.75


def test_a_view_around_a_box_is_asked_about_with_that_box_alone(model, monkeypatch):
    asked, encode = [], model.family.encode_prompts
    monkeypatch.setattr(
        model.family, "encode_prompts",
        lambda image, **prompts: asked.append(prompts.get("box")) or encode(image, **prompts),
    )  # fmt: skip
    assert clicks_of(model, Cubes(boxed=True)).unique().tolist() == [0]
    shown = [box for box in asked if box is not None]
    assert len(shown) == 30
    assert all(torch.equal(row, BOX) for box in shown for row in box)


@pytest.mark.parametrize("boxed", [False, True])
def test_weights_that_know_no_boxes_are_never_asked_about_one(model, boxed):
    assert clicks_of(model, Cubes(boxed=boxed), boxes=False).unique().tolist() == [1, 2, 3]
