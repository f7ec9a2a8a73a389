"""An expert learns masks, and how far its objects reach where that is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sammoe.model.compact import build_compact
from sammoe.training.objectives.expert import ExpertObjective
from sammoe.training.users.plans import Plan
from sammoe.training.view_batch import ViewBatch
from tiny_compact import TINY


@pytest.fixture
def batch():
    mask = torch.zeros(2, 16, 16, 16, dtype=torch.bool)
    mask[:, 4:9, 3:12, 5:] = True
    bounds = torch.tensor([[3.5, 2.5, 4.5], [8.5, 11.5, 30.0]]).expand(2, -1, -1)
    patches = torch.rand(2, 1, 16, 16, 16, generator=torch.Generator().manual_seed(2))
    return ViewBatch(patches, mask, torch.arange(2), np.zeros(2), bounds=bounds)


def gradient_of_the_extent_token(batch):
    torch.manual_seed(0)
    backbone, decoder = build_compact(**TINY, patch_size=16)
    loss, _ = ExpertObjective(backbone, decoder)(batch, Plan(1), 5)
    loss.backward()
    assert all(value.grad is None for value in backbone.parameters())
    return float(decoder.own_tokens.grad[2].abs().sum())


def test_known_faces_teach_the_token_of_the_extent(batch):
    known, unknown = (gradient_of_the_extent_token(b) for b in (batch, replace(batch, bounds=None)))
    assert known > 2 * unknown
