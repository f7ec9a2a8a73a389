"""What the user said: clicks, a box, a previous mask."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import PromptError
from .geometry import BoxIJK, Matrix, ras_to_ijk

FOREGROUND, BACKGROUND, PADDING = 1, 0, -1


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


@dataclass(frozen=True, eq=False)
class PromptSet:
    """All prompts of one object, clicks in the order in which they were made.

    Attributes:
        points_ras: (N, 3) clicks, RAS mm.
        point_labels: (N,) 1 foreground, 0 background.
        box_ras: None; or (2, 3) opposite corners of a box along the RAS axes; or (8, 3), all the
            corners of an oriented box in any order. RAS mm.
        mask: None, or an earlier mask to start from.

    Raises:
        PromptError: Shapes that do not match, labels other than 0 and 1, numbers that are not
            finite, a box without extent.
    """

    points_ras: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    point_labels: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    box_ras: NDArray[np.float64] | None = None
    mask: MaskPrompt | None = None

    def __post_init__(self) -> None:
        points = _as_points(self.points_ras, "points_ras")
        labels = np.asarray(self.point_labels).reshape(-1)
        if len(points) != len(labels):
            raise PromptError(f"{len(points)} points but {len(labels)} point labels")
        if not np.isin(labels, (FOREGROUND, BACKGROUND)).all():
            raise PromptError("a point label is 1 (foreground) or 0 (background)")
        object.__setattr__(self, "points_ras", points)
        object.__setattr__(self, "point_labels", labels.astype(np.int64))
        if self.box_ras is not None:
            object.__setattr__(self, "box_ras", _as_box(self.box_ras))

    def __len__(self) -> int:
        return len(self.point_labels)

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was prompted at all."""
        return len(self) == 0 and self.box_ras is None and self.mask is None

    def first(self, count: int) -> "PromptSet":
        """Return the same prompts with only the first `count` clicks."""
        return PromptSet(
            self.points_ras[:count], self.point_labels[:count], self.box_ras, self.mask
        )

    def with_point(self, point_ras: ArrayLike, label: int) -> "PromptSet":
        """Return the same prompts with one more click, RAS mm."""
        points = np.vstack([self.points_ras, np.asarray(point_ras, float).reshape(1, 3)])
        return PromptSet(points, np.append(self.point_labels, label), self.box_ras, self.mask)

    def points_ijk(self, ijk_to_ras: Matrix) -> NDArray[np.float64]:
        """Return the clicks as continuous IJK of a volume, shape (N, 3)."""
        return ras_to_ijk(self.points_ras, ijk_to_ras)

    def box_bounds_ijk(self, ijk_to_ras: Matrix) -> NDArray[np.float64] | None:
        """Return the box as continuous IJK bounds (2, 3): the IJK box around all its corners."""
        if self.box_ras is None:
            return None
        corners = self.box_ras
        if len(corners) == 2:
            pick = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
            corners = np.take_along_axis(corners, pick, axis=0)
        corners_ijk = ras_to_ijk(corners, ijk_to_ras)
        return np.stack([corners_ijk.min(axis=0), corners_ijk.max(axis=0)])


def _as_points(values: ArrayLike, name: str) -> NDArray[np.float64]:
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


def _as_box(values: ArrayLike) -> NDArray[np.float64]:
    box = _as_points(values, "box_ras")
    if len(box) not in (2, 8):
        raise PromptError(f"box_ras has two opposite corners or all eight, got {len(box)} rows")
    extent = np.ptp(box, axis=0) if len(box) == 2 else np.ptp(box - box.mean(axis=0), axis=0)
    if (extent <= 0).any():
        raise PromptError("the box has no extent along at least one axis; draw it again")
    return box
