"""Batches drawn by other processes are those the training would have drawn itself."""

from functools import partial

import numpy as np
import torch

from sammoe.training.anatomy.atlas import Atlas
from sammoe.training.loop.painted_ahead import PaintedAhead
from sammoe.training.loop.schedule import TrainingOptions
from sammoe.training.samples.body_views import BodyViews
from small_body import small_body

OPTIONS = TrainingOptions(steps=9, size=24, views=2, objects=2, parts=2, seed=3)
CPU = torch.device("cpu")


def test_two_painters_give_the_same_batches_in_the_same_order_from_any_step_on():
    views = BodyViews(Atlas([small_body()], [1.0], device=CPU))
    start = partial(PaintedAhead, views, OPTIONS, painters=2, own=range(2), device=CPU)
    with start(first=4) as ahead:
        drawn = [ahead.draw() for _ in range(4)]
    wanted = [OPTIONS.draw(views, step, part) for step in (4, 5) for part in range(2)]
    for (batch, plan, seed), (own, own_plan, own_seed) in zip(drawn, wanted, strict=True):
        assert (plan, seed) == (own_plan, own_seed)
        assert torch.equal(batch.patches, own.patches)
        assert torch.equal(batch.masks, own.masks)
        assert torch.equal(batch.context, own.context)
        assert np.array_equal(batch.kinds, own.kinds)
