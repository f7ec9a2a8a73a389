"""Where a view lies in a body: an oblique box, as wide as the product's crops."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...crop import CropPolicy
from ...crop.policy import FIRST_LOOK_MM, WIDE_LOOK
from ..samples.framing import FACE_JITTER, Framing

Array = NDArray[np.float64]

LEAST_SIDE_MM, MOST_SIDE_MM = 18.0, 420.0
MAX_ANISOTROPY = 3.0
MARGIN = (1.35, 1.85)
"""A fitted view's sides over what the target seems to measure."""
BOX_MARGIN = CropPolicy.margin
"""The same around a box, as the product's."""
BOX_ERROR_MM = (0.3, 6.0)
MOST_BOX_ERROR = 0.3
"""Spread of the errors of a drawn box's faces, in mm, and at most so much of its sides."""
LEAST_BOX_MM = 2.0
DEEP = 24
"""Of a target's samples so many are deep enough for a first click."""


@dataclass(frozen=True, eq=False)
class Frame:
    """An oblique box in a map.

    Attributes:
        centre_mm: (3,) from the map's corner.
        axes: (3, 3), the patch's axes as columns.
        sides_mm: (3,) along them.
        at_click: The first click lies in the middle.
        box_errors_mm: (2, 3) how far the faces of the box that it lies around are off, low and
            high; None: it lies around none.
    """

    centre_mm: Array
    axes: Array
    sides_mm: Array
    at_click: bool
    box_errors_mm: Array | None = None


def draw_frame(
    samples_mm: Array, framing: Framing, rng: np.random.Generator, *, upright: bool = False
) -> Frame:
    """Return a frame around a target.

    Args:
        samples_mm: (S, 3) positions inside it, the deepest first.
        framing: How.
        rng: Decides the rest.
        upright: Along the patient's axes, as the product's views lie.
    """
    axes = np.eye(3) if upright else _axes(rng)
    along = samples_mm @ axes
    click = along[int(rng.integers(DEEP) * rng.random())]
    low, high = along.min(axis=0), along.max(axis=0)
    extent = high - low
    if framing in (Framing.FIRST, Framing.WIDE):
        width = FIRST_LOOK_MM * (WIDE_LOOK if framing is Framing.WIDE else 1.0)
        sides = np.full(3, width * np.exp(rng.normal(0.0, 0.05)))
        return _frame(axes, click, sides, at_click=True)
    if framing is Framing.BOXED:
        return _around_box(axes, low, high, rng)
    if framing is Framing.FITTED:
        below = np.maximum(click - low, 2.0) * np.exp(rng.normal(0.0, FACE_JITTER, 3))
        above = np.maximum(high - click, 2.0) * np.exp(rng.normal(0.0, FACE_JITTER, 3))
        sides = (below + above) * rng.uniform(*MARGIN)
        return _frame(axes, click + (above - below) / 2, sides)
    if framing is Framing.INSIDE:
        sides = extent.max() * rng.uniform(0.4, 1.1) * rng.uniform(0.9, 1.1, 3)
        return _frame(axes, click, sides)
    width = np.exp(rng.uniform(np.log(LEAST_SIDE_MM), np.log(400.0)))
    sides = width * rng.uniform(0.75, 1.3, 3)
    return _frame(axes, click + rng.uniform(-0.4, 0.4, 3) * sides, sides)


def _around_box(axes: Array, low: Array, high: Array, rng: np.random.Generator) -> Frame:
    """Return the frame around a box that was drawn around a target's bounds along the axes."""
    side = np.maximum(high - low, LEAST_BOX_MM)
    spread_mm = np.minimum(rng.uniform(*BOX_ERROR_MM), MOST_BOX_ERROR * side)
    errors_mm = rng.normal(0.0, 1.0, (2, 3)) * spread_mm
    low, high = np.sort([low + errors_mm[0], high + errors_mm[1]], axis=0)
    high = np.maximum(high, low + LEAST_BOX_MM)
    sides = (high - low) * BOX_MARGIN * np.exp(rng.normal(0.0, 0.04))
    return replace(_frame(axes, (low + high) / 2, sides), box_errors_mm=errors_mm)


def _frame(axes: Array, centre: Array, sides: Array, *, at_click: bool = False) -> Frame:
    sides = np.clip(sides, LEAST_SIDE_MM, MOST_SIDE_MM)
    sides = np.maximum(sides, sides.max() / MAX_ANISOTROPY)
    return Frame(axes @ centre, axes, sides, at_click)


def _axes(rng: np.random.Generator) -> Array:
    """Return a patch's axes: nearly the patient's, half of the time mirrored left to right.

    Now and then they are any permutation: a scan's axes may have been named wrongly.
    """
    angles = rng.normal(0.0, np.radians(7.0), 3)
    if rng.random() < 0.1:
        angles = rng.uniform(-np.pi, np.pi, 3)
    turned = _rotation(angles)
    if rng.random() < 0.5:
        turned = turned * np.array([-1.0, 1.0, 1.0])
    if rng.random() < 0.08:
        turned = turned[:, rng.permutation(3)] * rng.choice([-1.0, 1.0], 3)
    return turned


def _rotation(angles: Array) -> Array:
    turned = np.eye(3)
    for axis, angle in enumerate(angles):
        c, s = np.cos(angle), np.sin(angle)
        a, b = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[a, a], step[a, b], step[b, a], step[b, b] = c, -s, s, c
        turned = turned @ step
    return turned
