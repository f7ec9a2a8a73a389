"""The extent head learns from what the decoder of a view's owner draws."""

import numpy as np
import pytest
import torch

from sammoe.model.compact import build_compact
from sammoe.training.objectives.extent import ExtentObjective
from sammoe.training.samples.owned_views import OwnedViews
from sammoe.training.users.plans import Plan
from sammoe.training.view_batch import ViewBatch
from tiny_compact import TINY


class Slabs:
    """Objects that reach beyond the view along one axis."""

    def sample(self, rng: np.random.Generator, *, views, objects, size):
        mask = torch.zeros(views * objects, size, size, size, dtype=torch.bool)
        mask[:, 4:9, 3:12, 5:] = True
        bounds = torch.tensor([[3.5, 2.5, 4.5], [8.5, 11.5, 30.0]]).expand(len(mask), -1, -1)
        rows = torch.arange(views).repeat_interleave(objects)
        patches = torch.rand(views, 1, size, size, size)
        return ViewBatch(patches, mask, rows, np.zeros(len(mask)), bounds=bounds)


@pytest.fixture
def objective():
    torch.manual_seed(0)
    backbone, general = build_compact(**TINY, patch_size=16)
    return ExtentObjective(backbone, {"general": general, "rib": backbone.new_decoder()})


def step(objective, owner):
    torch.manual_seed(1)
    batch = OwnedViews(Slabs(), owner).sample(np.random.default_rng(0), views=2, objects=2, size=16)
    return objective(batch, Plan(1), 5)


def test_the_owner_draws(objective):
    general, rib = (float(step(objective, owner)[0].detach()) for owner in ("general", "rib"))
    assert general != rib
    only = ExtentObjective(objective.backbone, {"rib": objective._decoders[0]["rib"]})
    assert float(step(only, "rib")[0].detach()) == rib


def test_only_the_head_learns(objective):
    before = {name: value.clone() for name, value in objective.backbone.state_dict().items()}
    trained = {name for name, value in objective.named_parameters() if value.requires_grad}
    assert trained
    assert all(name.startswith("head.") for name in trained)
    optimizer = torch.optim.Adam(objective.head.parameters(), lr=1e-2)
    losses = []
    for _ in range(30):
        loss, close = step(objective, "general")
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.7 * losses[0]
    assert 0.0 <= float(close) <= 1.0
    after = objective.backbone.state_dict()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"extent_head"}
