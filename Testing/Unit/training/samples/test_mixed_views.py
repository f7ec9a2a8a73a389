"""Batches of several sources and tasks."""

from dataclasses import dataclass

import numpy as np
import torch

from sammoe.training.samples.mixed_views import MixedViews
from sammoe.training.samples.task_views import TaskViews
from sammoe.training.view_batch import ViewBatch


@dataclass
class Grey:
    """Patches of one grey value."""

    value: float

    def sample(self, rng, *, views, objects, size):
        cube = (size,) * 3
        return ViewBatch(
            torch.full((views, 1, *cube), self.value),
            torch.ones(views * objects, *cube, dtype=torch.bool),
            torch.arange(views).repeat_interleave(objects),
            np.zeros(views * objects, np.int64),
            context=torch.full((views, 4), self.value),
            at_click=torch.ones(views * objects, dtype=torch.bool),
        )


def values(source, count=200):
    rng = np.random.default_rng(3)
    batches = [source.sample(rng, views=1, objects=1, size=4) for _ in range(count)]
    return [float(batch.patches.flatten()[0]) for batch in batches]


def test_every_source_is_drawn_as_often_as_wanted():
    drawn = values(MixedViews([Grey(0.0), Grey(1.0)], [3.0, 1.0]))
    assert set(drawn) == {0.0, 1.0}
    assert 0.15 < np.mean(drawn) < 0.35


def test_a_tasks_batch_keeps_all_that_is_known_of_it():
    source = TaskViews([Grey(0.25), Grey(0.75)], [0, 4])
    for seed in range(6):
        batch = source.sample(np.random.default_rng(seed), views=2, objects=3, size=4)
        column = 0 if float(batch.patches.flatten()[0]) == 0.25 else 4
        assert (batch.kinds == column).all()
        assert batch.context is not None
        assert batch.at_click is not None
