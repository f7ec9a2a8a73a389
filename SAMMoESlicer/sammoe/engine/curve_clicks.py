"""The clicks a scribble or lasso stands for, beside its map or in its place."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..options import PredictOptions
from ..prompts import CurvePrompt, PromptSet
from ..volume import Volume
from .polygon import held

APART_VOXELS = 3.0
"""Clicks nearer to each other, in the volume's finest spacing, say the same."""
CANDIDATES = 96
"""Along a scribble."""
GRID = 24
"""Rows and columns of candidates over a lasso."""


@dataclass(frozen=True)
class ClickCounts:
    """How many clicks a curve gives at most.

    Attributes:
        scribble: Along an open one.
        lasso: Inside a closed one.
    """

    scribble: int
    lasso: int


BESIDE_A_MAP = ClickCounts(scribble=8, lasso=4)
"""Weights that were trained on curves always had clicks with them. On real structures eight along a
scribble gave more than four, and four in a lasso more than one (Dice .43 against .39 and .47
against .43, means of two samples each)."""
ALONE = ClickCounts(scribble=16, lasso=16)
"""What weights that were not are told instead."""


def step_clicks(
    prompts: PromptSet, volume: Volume, counts: ClickCounts
) -> list[NDArray[np.float64]]:
    """Return the clicks (n, 3), RAS mm, of every step in order: one, or those of a curve."""
    points = [prompts.points_ras[n : n + 1] for n in range(len(prompts.points_ras))]
    drawn = [curve_clicks(curve, volume, counts) for curve in prompts.curves]
    steps = np.concatenate([prompts.point_steps, prompts.curve_steps])
    return [(points + drawn)[n] for n in np.argsort(steps)]


def in_clicks(options: PredictOptions, prompts: PromptSet, volume: Volume) -> PredictOptions:
    """Return the options with `gate_click` counted in the clicks that stand for curves."""
    if options.gate_click == 1 or not prompts.curves:
        return options
    before = step_clicks(prompts.first(options.gate_click - 1), volume, ALONE)
    later = max(0, options.gate_click - 1 - len(prompts))
    return replace(options, gate_click=sum(map(len, before)) + later + 1)


def curve_clicks(curve: CurvePrompt, volume: Volume, counts: ClickCounts) -> NDArray[np.float64]:
    """Return positions (n, 3), RAS mm, inside the volume: the most telling one first.

    A scribble's are at equal distances, from the middle outwards; a lasso's begin with the deepest
    one inside. A curve outside the volume has none.
    """
    apart_mm = APART_VOXELS * float(volume.spacing_mm.min())
    places = _inside(volume, _along(curve.line_ras, CANDIDATES))
    if not curve.closed:
        return _evenly(places, counts.scribble, apart_mm)
    area = _inside(volume, _over(curve.points_ras))
    if len(area) == 0:
        return _evenly(places, 1, apart_mm)
    return _spread(area, _along(curve.line_ras, CANDIDATES), counts.lasso, apart_mm)


def _inside(volume: Volume, points_ras: NDArray[np.float64]) -> NDArray[np.float64]:
    return points_ras[volume.contains(volume.points_ijk(points_ras))]


def _along(line: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the line's points and `count` positions at equal distances between them, in order."""
    lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    at = np.union1d(along, np.linspace(0.0, along[-1], count))
    return np.stack([np.interp(at, along, line[:, axis]) for axis in range(3)], axis=1)


def _over(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a grid of positions inside a lasso, in the plane that fits it best."""
    centre = points.mean(axis=0)
    axes = np.linalg.svd(points - centre, full_matrices=False)[2][:2]
    flat = (points - centre) @ axes.T
    ticks = [np.linspace(flat[:, n].min(), flat[:, n].max(), GRID + 2)[1:-1] for n in range(2)]
    grid = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    inside: NDArray[np.float64] = centre + grid[held(flat, grid)] @ axes
    return inside


def _evenly(places: NDArray[np.float64], most: int, apart_mm: float) -> NDArray[np.float64]:
    """Return at most `most` of the places (N, 3) along a line, the middle one first."""
    if len(places) == 0:
        return places
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = int(np.clip(along[-1] / apart_mm, 1, most))
    wanted = along[-1] * (np.arange(count) + 0.5) / count
    chosen = places[np.abs(along[:, None] - wanted).argmin(axis=0)]
    outwards = np.argsort(np.abs(np.arange(count) - (count - 1) / 2), kind="stable")
    return chosen[outwards]


def _spread(
    area: NDArray[np.float64], line: NDArray[np.float64], most: int, apart_mm: float
) -> NDArray[np.float64]:
    """Return at most `most` places of an area, the deepest first, then each far from the others."""
    depth = np.linalg.norm(area[:, None] - line, axis=2).min(axis=1)
    taken, away = [int(depth.argmax())], np.full(len(area), np.inf)
    while len(taken) < most:
        away = np.minimum(away, np.linalg.norm(area - area[taken[-1]], axis=1))
        farthest = int(np.minimum(away, 2 * depth).argmax())
        if away[farthest] < apart_mm:
            break
        taken.append(farthest)
    return area[taken]
