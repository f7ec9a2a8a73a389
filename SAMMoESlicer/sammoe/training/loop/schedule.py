"""How a training runs: its length, its rate, and the batch of every step."""

import math
from dataclasses import dataclass, replace

import numpy as np

from ..users.plans import Plan, draw_plan, draw_second_plan
from ..view_batch import ViewBatch, ViewSource


@dataclass(frozen=True)
class TrainingOptions:
    """How a training runs.

    Attributes:
        steps: Length of the schedule.
        stop_at: After so many of these steps the training ends; None: with the schedule.
        learning_rate: Peak of the cosine.
        warm_steps: Steps until the peak.
        size: Patch voxels along each axis in a fine step.
        views: Patches in one part of a fine step.
        objects: Simulated users a patch.
        coarse_size: Patch voxels of a coarse step; 0: every step is fine.
        coarse_views: Patches in one part of a coarse step.
        fine_share: Share of fine steps, once they have begun.
        fine_from: Part of the schedule after which fine steps are mixed in.
        parts: A batch is drawn in so many parts, shared among the processes; what is learned
            does not depend on how many processes there are.
        boxes: The users also draw boxes, scribbles and lassos: the family knows them.
        second: The users do what the second general decoder is asked: they begin with the box of
            their view alone, or they correct.
        clip: Largest norm of the gradient.
        ema: Decay of the averaged weights, which are the result.
        seed: Decides views and clicks.
        checkpoint_minutes: Time between checkpoints.
    """

    steps: int = 2000
    stop_at: int | None = None
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    warm_steps: int = 20
    size: int = 64
    views: int = 2
    objects: int = 2
    coarse_size: int = 0
    coarse_views: int = 6
    fine_share: float = 0.3
    fine_from: float = 0.0
    parts: int = 1
    boxes: bool = True
    second: bool = False
    clip: float = 1.0
    ema: float = 0.99
    seed: int = 1
    checkpoint_minutes: float = 3.0

    def for_processes(self, count: int) -> "TrainingOptions":
        """Return options whose parts are shared evenly among so many processes."""
        return replace(self, parts=math.ceil(self.parts / count) * count)

    @property
    def last_step(self) -> int:
        """The number of steps that are taken."""
        return self.steps if self.stop_at is None else min(self.stop_at, self.steps)

    def rate(self, step: int) -> float:
        """Return the learning rate of a step: a short rise, then a cosine."""
        warm = min(1.0, (step + 1) / max(self.warm_steps, 1))
        cosine = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.learning_rate * warm * max(cosine, 0.01)

    def is_fine(self, step: int, rng: np.random.Generator) -> bool:
        """Say whether a step takes patches of the full size."""
        if not self.coarse_size:
            return True
        return step >= self.fine_from * self.steps and rng.random() < self.fine_share

    def draw(self, source: ViewSource, step: int, part: int) -> tuple[ViewBatch, Plan, int]:
        """Return views, what the users do, and the seed of their clicks, by step and part alone.

        All parts of a step have one plan and one size, so that they can be added up.
        """
        shared = np.random.default_rng((self.seed, 29, step))
        size, views = self.size, self.views
        if not self.is_fine(step, shared):
            size, views = self.coarse_size, self.coarse_views
        plan = draw_second_plan(shared) if self.second else draw_plan(shared)
        if not self.boxes:
            plan = replace(plan, box=False, curves=False)
        rng = np.random.default_rng((self.seed, 31, step, part))
        batch = source.sample(rng, views=views, objects=self.objects, size=size)
        return batch, plan, int(rng.integers(2**62))
