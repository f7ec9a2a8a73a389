"""Batches drawn by other processes are those the training would have drawn itself."""

import multiprocessing
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch

from sammoe.errors import SAMMoEError
from sammoe.training.anatomy.atlas import Atlas
from sammoe.training.loop import painted_ahead
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


def test_a_slow_painter_is_waited_for_and_a_dead_one_is_an_error(monkeypatch, caplog):
    monkeypatch.setattr(painted_ahead, "LONG_WAIT_S", 0.1)
    views = BodyViews(Atlas([small_body()], [1.0], device=CPU))
    with PaintedAhead(views, OPTIONS, painters=1, first=0, own=range(2), device=CPU) as ahead:
        ahead.draw()
        assert "still waiting" in caplog.text
        (painter,) = multiprocessing.active_children()
        painter.kill()
        with pytest.raises(SAMMoEError, match="ended by itself"):
            list(iter(ahead.draw, None))  # what was sent before is still there


KILLED = """
import os, torch
from sammoe.training.anatomy.atlas import Atlas
from sammoe.training.loop.painted_ahead import PaintedAhead
from sammoe.training.loop.schedule import TrainingOptions
from sammoe.training.samples.body_views import BodyViews
from small_body import small_body
cpu = torch.device("cpu")
views = BodyViews(Atlas([small_body()], [1.0], device=cpu))
options = TrainingOptions(size=24, views=1, objects=1)
PaintedAhead(views, options, painters=1, first=0, own=range(1), device=cpu).draw()
os._exit(0)
"""


def test_painters_end_with_a_training_that_is_killed():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    # Their output is the same pipe, whose end comes when the last of them is gone.
    ended = subprocess.run(
        [sys.executable, "-c", KILLED], capture_output=True, env=environment, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
