"""A scribble or a lasso: a line that was drawn by hand, and the clicks it stands for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLICKS = 4
"""How many clicks a curve stands for."""
GRID = 24


@dataclass(frozen=True)
class Curve:
    """One stroke.

    Attributes:
        number: Its place in the order of clicks, curves and edits; stays with it for life.
        label: 1 foreground, 0 background.
        isClosed: A lasso, which means its inside; otherwise a scribble, which means its line.
        pointsRas: World RAS mm, in the order in which they were drawn.
    """

    number: int
    label: int
    isClosed: bool
    pointsRas: tuple[tuple[float, float, float], ...]

    def clicksRas(self) -> NDArray[np.float64]:
        """Return positions spread along the line, or over the lasso's inside; (n, 3) RAS mm."""
        points = np.array(self.pointsRas, dtype=float).reshape(-1, 3)
        if not self.isClosed or len(points) < 3:
            return _alongLine(points)
        inside = _insideOf(points)
        return _spread(inside) if len(inside) else points.mean(axis=0, keepdims=True)


def _alongLine(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions at equal distances, neither at the beginning nor at the end."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] == 0:
        return points[:1]
    at = along[-1] * (np.arange(CLICKS) + 0.5) / CLICKS
    return np.stack([np.interp(at, along, points[:, axis]) for axis in range(3)], axis=1)


def _insideOf(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a grid of positions inside a closed line, in the plane that fits it best."""
    centre = points.mean(axis=0)
    _u, _s, axes = np.linalg.svd(points - centre, full_matrices=False)
    flat = (points - centre) @ axes[:2].T
    low, high = flat.min(axis=0), flat.max(axis=0)
    ticks = [np.linspace(low[n], high[n], GRID + 2)[1:-1] for n in range(2)]
    grid = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    return centre + grid[_holds(flat, grid)] @ axes[:2]


def _holds(polygon: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which positions lie inside a polygon: a ray from there crosses it an odd time."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    x, y = grid[:, :1], grid[:, 1:]
    spans = (start[:, 1] > y) != (end[:, 1] > y)
    height = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    crossing = start[:, 0] + (y - start[:, 1]) * (end[:, 0] - start[:, 0]) / height
    return np.asarray((spans & (x < crossing)).sum(axis=1) % 2 == 1)


def _spread(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a few of the positions: the middle one, then each the farthest from those taken."""
    middle = np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1))
    taken = [points[middle]]
    while len(taken) < min(CLICKS, len(points)):
        away = np.min([np.linalg.norm(points - other, axis=1) for other in taken], axis=0)
        rim = np.linalg.norm(points - points.mean(axis=0), axis=1)
        taken.append(points[np.argmax(away - 0.5 * rim)])
    return np.array(taken)
