"""Geometric scenes: a label map each, with what is known of every label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas, Kind
from .shapes import draw_shapes
from .torso import Torso

SCENE_SIZE = 112
SAMPLES_PER_LABEL = 192
MIN_VOXELS = 60
TORSO_SHARE = 0.6


@dataclass(frozen=True, eq=False)
class Scene:
    """One label map.

    Attributes:
        labels: (n, n, n) uint8.
        kinds: (256,) uint8, the `Kind` of every label.
        targets: (T,) labels large enough to be prompted.
        samples: (T, 192, 3) positions of voxels of every target, at random, with repeats.
    """

    labels: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    targets: NDArray[np.uint8]
    samples: NDArray[np.uint8]


def make_scene(seed: int, *, size: int = SCENE_SIZE) -> Scene:
    """Draw scene number `seed`; the same number always gives the same scene."""
    rng = np.random.default_rng((2024, seed))
    torso = rng.random() < TORSO_SHARE
    canvas = Torso(size, rng).draw() if torso else draw_shapes(size, rng)
    return _describe(canvas, rng)


def _describe(canvas: Canvas, rng: np.random.Generator) -> Scene:
    counts = np.bincount(canvas.labels.ravel(), minlength=256)
    order = np.argsort(canvas.labels, axis=None, kind="stable")
    ends = np.cumsum(counts)
    whole = canvas.size**3
    targets = [
        label
        for label, kind in enumerate(canvas.kinds)
        if MIN_VOXELS <= counts[label] < 0.3 * whole and kind is not Kind.BACKGROUND
    ]
    samples = np.zeros((len(targets), SAMPLES_PER_LABEL, 3), np.uint8)
    for row, label in enumerate(targets):
        chosen = rng.integers(ends[label] - counts[label], ends[label], SAMPLES_PER_LABEL)
        samples[row] = np.stack(np.unravel_index(order[chosen], canvas.labels.shape), axis=1)
    kinds = np.zeros(256, np.uint8)
    kinds[: len(canvas.kinds)] = canvas.kinds
    return Scene(canvas.labels, kinds, np.array(targets, np.uint8), samples)
