"""What the user has marked for one segment at one moment, as plain values."""

from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sammoe.geometry import transform_points
from sammoe.prompts import MaskPrompt, PromptSet


@dataclass(frozen=True)
class Click:
    """One point.

    Attributes:
        number: Its place in the order of clicks, from 1; stays with the point for life.
        label: 1 foreground, 0 background.
        positionRas: World RAS mm.
    """

    number: int
    label: int
    positionRas: tuple[float, float, float]


@dataclass(frozen=True)
class RoiPose:
    """A box anywhere in the world.

    Attributes:
        objectToWorld: The rows of a (4, 4) matrix, 16 numbers; the box is centred on its origin.
        size: Full edge lengths along the matrix' axes, mm.
    """

    objectToWorld: tuple[float, ...]
    size: tuple[float, float, float]

    @property
    def cornersRas(self) -> NDArray[np.float64]:
        """All corners, (8, 3), world RAS mm."""
        unitCorners = np.array(list(product((-0.5, 0.5), repeat=3)))
        matrix = np.reshape(self.objectToWorld, (4, 4))
        return transform_points(unitCorners * self.size, matrix)


@dataclass(frozen=True)
class PromptState:
    """All prompts of one segment; two states compare equal when nothing was changed.

    Attributes:
        clicks: In the order in which they were made.
        roi: None where no box is drawn.
        mask: None, or an earlier mask to start from.
    """

    clicks: tuple[Click, ...] = ()
    roi: RoiPose | None = None
    mask: MaskPrompt | None = field(default=None)

    @property
    def isEmpty(self) -> bool:
        """Say whether nothing was marked."""
        return not self.clicks and self.roi is None and self.mask is None

    @property
    def nextNumber(self) -> int:
        """The number the next click gets."""
        return 1 + max((click.number for click in self.clicks), default=0)

    def first(self, count: int) -> "PromptState":
        """Return the same state with only the first `count` clicks."""
        return replace(self, clicks=self.clicks[:count])

    def isMoveOf(self, other: "PromptState") -> bool:
        """Say whether only places differ: the same clicks, only somewhere else or a box changed."""
        return [(c.number, c.label) for c in self.clicks] == [
            (c.number, c.label) for c in other.clicks
        ]

    def toPromptSet(self) -> PromptSet:
        """Return what the engine takes; `box_ras` are the eight corners."""
        return PromptSet(
            points_ras=np.array([click.positionRas for click in self.clicks]).reshape(-1, 3),
            point_labels=np.array([click.label for click in self.clicks], dtype=np.int64),
            box_ras=None if self.roi is None else self.roi.cornersRas,
            mask=self.mask,
        )
