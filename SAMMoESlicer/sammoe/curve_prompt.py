"""A line drawn by hand: a scribble means the line itself, a lasso what it encloses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PromptError

FOREGROUND, BACKGROUND = 1, 0
MOST_POINTS = 20_000


@dataclass(frozen=True, eq=False)
class CurvePrompt:
    """One scribble or lasso, straight between its points.

    Attributes:
        points_ras: (N, 3) RAS mm, in the order in which they were drawn.
        label: 1: what is drawn on belongs to the object; 0: it does not.
        closed: A lasso, which runs back to its first point; otherwise a scribble.
        clicks_before: How many clicks of its `PromptSet` were made before it was drawn.

    Raises:
        PromptError: Too few points or too many, numbers that are not finite, another label.
    """

    points_ras: NDArray[np.float64]
    label: int = FOREGROUND
    closed: bool = False
    clicks_before: int = 0

    def __post_init__(self) -> None:
        points = checked_points(self.points_ras, "a curve's points_ras")
        if self.closed and len(points) < 3:
            raise PromptError(f"a lasso has at least three points, got {len(points)}; draw it anew")
        if not 1 <= len(points) <= MOST_POINTS:
            raise PromptError(f"a curve has 1 to {MOST_POINTS} points, got {len(points)}")
        if self.label not in (FOREGROUND, BACKGROUND):
            raise PromptError("a curve's label is 1 (foreground) or 0 (background)")
        if self.clicks_before < 0:
            raise PromptError(f"clicks_before counts from 0, got {self.clicks_before}")
        object.__setattr__(self, "points_ras", points)
        object.__setattr__(self, "label", int(self.label))
        object.__setattr__(self, "closed", bool(self.closed))
        object.__setattr__(self, "clicks_before", int(self.clicks_before))

    @property
    def line_ras(self) -> NDArray[np.float64]:
        """The points to join one after another, (N, 3); a lasso's first one comes again."""
        if not self.closed:
            return self.points_ras
        return np.vstack([self.points_ras, self.points_ras[:1]])

    @property
    def identity(self) -> tuple[bytes, int, bool, int]:
        """What tells two curves apart, hashable."""
        return self.points_ras.tobytes(), self.label, self.closed, self.clicks_before


def checked_points(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return positions (N, 3); nothing at all is (0, 3).

    Raises:
        PromptError: They are not finite triples of numbers; `name` says whose.
    """
    try:
        points = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PromptError(f"{name} must be numbers, one R, A, S triple a row") from error
    if points.size == 0:
        return np.zeros((0, 3))
    if points.ndim != 2 or points.shape[1] != 3:
        raise PromptError(f"{name} has shape (N, 3), got {points.shape}")
    if not np.isfinite(points).all():
        raise PromptError(f"{name} contains NaN or infinity")
    return points
