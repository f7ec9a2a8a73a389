"""What the user said: clicks, scribbles and lassos, a box, a previous mask."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .curve_prompt import BACKGROUND, FOREGROUND, CurvePrompt, checked_points
from .errors import PromptError
from .geometry import BoxIJK, bounding_box, box_corners, box_slices_kji

__all__ = ["BACKGROUND", "FOREGROUND", "PADDING", "CurvePrompt", "MaskPrompt", "PromptSet"]

PADDING = -1
"""The label of a click that is none."""
MOST_CURVES = 200


@dataclass(frozen=True, eq=False)
class MaskPrompt:
    """An earlier mask of the object, on the volume's grid.

    Attributes:
        mask_kji: Shape (k, j, i) bool: the part of the volume's grid inside `box_ijk`.
        box_ijk: (2, 3) half-open voxel box the array covers.
    """

    mask_kji: NDArray[np.bool_]
    box_ijk: BoxIJK

    def __post_init__(self) -> None:
        mask = np.asarray(self.mask_kji, dtype=bool)
        box = np.asarray(self.box_ijk, dtype=np.int64).reshape(2, 3)
        if mask.shape != tuple((box[1] - box[0])[::-1]):
            raise PromptError(f"a mask prompt of shape {mask.shape} does not fill its box {box}")
        object.__setattr__(self, "mask_kji", mask)
        object.__setattr__(self, "box_ijk", box)

    @property
    def tight(self) -> "MaskPrompt":
        """A copy with no more around the mask than it needs; of no voxels where it is empty."""
        tight = bounding_box(self.mask_kji)
        mask_kji = self.mask_kji[box_slices_kji(tight)].copy()
        return MaskPrompt(mask_kji, tight + self.box_ijk[0])


@dataclass(frozen=True, eq=False)
class PromptSet:
    """All prompts of one object, clicks and curves in the order in which they were made.

    Its length is the number of clicks and curves: each is one step of the object's history.

    Attributes:
        points_ras: (N, 3) clicks, RAS mm.
        point_labels: (N,) 1 foreground, 0 background.
        box_ras: None; or (2, 3) opposite corners of a box along the RAS axes; or (8, 3), all the
            corners of an oriented box in any order. RAS mm.
        mask: None, or an earlier mask to start from.
        curves: Scribbles and lassos; kept by `clicks_before`, those after as many clicks in the
            order given.

    Raises:
        PromptError: Shapes that do not match, labels other than 0 and 1, numbers that are not
            finite, a box without extent, a curve drawn after more clicks than there are.
    """

    points_ras: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    point_labels: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    box_ras: NDArray[np.float64] | None = None
    mask: MaskPrompt | None = None
    curves: tuple[CurvePrompt, ...] = ()

    def __post_init__(self) -> None:
        points = checked_points(self.points_ras, "points_ras")
        labels = np.asarray(self.point_labels).reshape(-1)
        if len(points) != len(labels):
            raise PromptError(f"{len(points)} points but {len(labels)} point labels")
        if not np.isin(labels, (FOREGROUND, BACKGROUND)).all():
            raise PromptError("a point label is 1 (foreground) or 0 (background)")
        object.__setattr__(self, "points_ras", points)
        object.__setattr__(self, "point_labels", labels.astype(np.int64))
        if self.box_ras is not None:
            object.__setattr__(self, "box_ras", _as_box(self.box_ras))
        object.__setattr__(self, "curves", _in_order(self.curves, len(points)))

    def __len__(self) -> int:
        return len(self.point_labels) + len(self.curves)

    @property
    def curve_steps(self) -> NDArray[np.int64]:
        """Each curve's place among all clicks and curves, from 0."""
        before = [curve.clicks_before for curve in self.curves]
        return np.array(before, dtype=np.int64) + np.arange(len(before))

    @property
    def point_steps(self) -> NDArray[np.int64]:
        """Each click's place among all clicks and curves, from 0."""
        return np.setdiff1d(np.arange(len(self)), self.curve_steps)

    @property
    def step_labels(self) -> NDArray[np.int64]:
        """The labels of all clicks and curves in the order in which they were made."""
        labels = np.empty(len(self), dtype=np.int64)
        labels[self.point_steps] = self.point_labels
        labels[self.curve_steps] = [curve.label for curve in self.curves]
        return labels

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was prompted at all."""
        return len(self) == 0 and self.box_ras is None and self.mask is None

    def first(self, count: int) -> "PromptSet":
        """Return the same prompts with only the first `count` clicks and curves."""
        drawn = int((self.curve_steps < count).sum())
        made = min(count, len(self)) - drawn
        return replace(
            self,
            points_ras=self.points_ras[:made],
            point_labels=self.point_labels[:made],
            curves=self.curves[:drawn],
        )

    def with_point(self, point_ras: ArrayLike, label: int) -> "PromptSet":
        """Return the same prompts with one more click, RAS mm."""
        points = np.vstack([self.points_ras, np.asarray(point_ras, float).reshape(1, 3)])
        return replace(self, points_ras=points, point_labels=np.append(self.point_labels, label))

    def with_curve(self, points_ras: ArrayLike, label: int, *, closed: bool) -> "PromptSet":
        """Return the same prompts with one more scribble, or lasso if `closed`, (N, 3) RAS mm."""
        points = checked_points(points_ras, "points_ras")
        curve = CurvePrompt(points, label, closed, len(self.point_labels))
        return replace(self, curves=(*self.curves, curve))

    @property
    def box_corners_ras(self) -> NDArray[np.float64] | None:
        """All corners of the box, (8, 3) RAS mm, or None."""
        if self.box_ras is None or len(self.box_ras) == 8:
            return self.box_ras
        return box_corners(self.box_ras)


def _in_order(curves: tuple[CurvePrompt, ...], clicks: int) -> tuple[CurvePrompt, ...]:
    if len(curves) > MOST_CURVES:
        raise PromptError(f"{len(curves)} curves; at most {MOST_CURVES} say where one object is")
    late = max((curve.clicks_before for curve in curves), default=0)
    if late > clicks:
        raise PromptError(f"a curve was drawn after {late} clicks, but there are {clicks}")
    return tuple(sorted(curves, key=lambda curve: curve.clicks_before))


def _as_box(values: ArrayLike) -> NDArray[np.float64]:
    box = checked_points(values, "box_ras")
    if len(box) not in (2, 8):
        raise PromptError(f"box_ras has two opposite corners or all eight, got {len(box)} rows")
    extent = np.ptp(box, axis=0) if len(box) == 2 else np.ptp(box - box.mean(axis=0), axis=0)
    if (extent <= 0).any():
        raise PromptError("the box has no extent along at least one axis; draw it again")
    return box
