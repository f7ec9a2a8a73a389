"""What the simulated users of a step do, by the family that is trained."""

import numpy as np

from sammoe.training.loop.schedule import TrainingOptions


class NoViews:
    """A source whose views nobody looks at."""

    def sample(self, rng, *, views, objects, size):
        return None


def plans(options):
    return [options.draw(NoViews(), step, 0)[1] for step in range(60)]


def test_families_that_know_points_only_meet_neither_boxes_nor_curves():
    assert any(plan.curves for plan in plans(TrainingOptions()))
    assert any(plan.box for plan in plans(TrainingOptions()))
    assert not any(plan.box or plan.curves for plan in plans(TrainingOptions(boxes=False)))
    assert all(plan.boxed or plan.one_way for plan in plans(TrainingOptions(second=True)))
    assert not any(plan.boxed or plan.one_way for plan in plans(TrainingOptions()))
    assert np.mean([plan.clicks for plan in plans(TrainingOptions(boxes=False))]) > 1
