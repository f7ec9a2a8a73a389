"""The prompts in the volume's frame: resolved once, at the door; everything behind it is IJK."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..geometry import box_is_empty
from ..prompts import FOREGROUND, CurvePrompt, MaskPrompt, PromptSet
from ..volume import Volume
from .curve_clicks import ALONE, BESIDE_A_MAP, curve_clicks, step_clicks

NOWHERE = np.zeros((0, 3))


@dataclass(frozen=True, eq=False)
class CurveIJK:
    """A scribble or lasso in the volume's frame.

    Attributes:
        line_ijk: (N, 3) the positions to join one after another; a lasso's first one comes again.
        label: 1 foreground, 0 background.
        closed: A lasso.
        reach_ijk: (N, 3) how far it was drawn, positions outside the volume moved to its border.
        inside_ijk: (n, 3) clicks along a scribble or in a lasso: places that surely are meant.
    """

    line_ijk: NDArray[np.float64]
    label: int
    closed: bool
    reach_ijk: NDArray[np.float64]
    inside_ijk: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PromptsIJK:
    """All prompts of one object, in the order in which they were made: one step each.

    Its length is the number of steps: the clicks and curves that the user made.

    Attributes:
        points_ijk: (N, 3) clicks, and those that stand for a curve beside its map.
        point_steps: (N,) the step, from 0, that each belongs to.
        step_labels: (S,) 1 foreground, 0 background.
        curves: Scribbles and lassos, for weights that were trained on them.
        curve_steps: (C,) the step of each.
        box_ijk: (2, 3) continuous bounds of the box, or None.
        mask: An earlier mask, no wider than it is, or None; never one without voxels.
        curves_as_clicks: Something was drawn, but the weights know no curves: each of its clicks is
            a step.
    """

    points_ijk: NDArray[np.float64]
    point_steps: NDArray[np.int64]
    step_labels: NDArray[np.int64]
    curves: tuple[CurveIJK, ...] = ()
    curve_steps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    box_ijk: NDArray[np.float64] | None = None
    mask: MaskPrompt | None = None
    curves_as_clicks: bool = False

    def __len__(self) -> int:
        return len(self.step_labels)

    @property
    def point_labels(self) -> NDArray[np.int64]:
        """The label of each position, (N,)."""
        return self.step_labels[self.point_steps]

    @property
    def foreground_ijk(self) -> NDArray[np.float64]:
        """The foreground clicks, (n, 3)."""
        return self.points_ijk[self.point_labels == FOREGROUND]

    @property
    def object_ijk(self) -> NDArray[np.float64]:
        """All places said to belong to the object, (n, 3): clicks, and how far curves reach."""
        drawn = [curve.reach_ijk for curve in self.curves if curve.label == FOREGROUND]
        return np.vstack([self.foreground_ijk, *drawn])

    @property
    def inside_ijk(self) -> NDArray[np.float64]:
        """Places inside the object, (n, 3): clicks, and many of every curve."""
        drawn = [curve.inside_ijk for curve in self.curves if curve.label == FOREGROUND]
        return np.vstack([self.foreground_ijk, *drawn])

    @property
    def key(self) -> Hashable:
        """What decides a mask; not whether its clicks stood for curves."""
        mask = self.mask
        return (
            self.points_ijk.tobytes(),
            self.point_steps.tobytes(),
            self.step_labels.tobytes(),
            tuple((curve.line_ijk.tobytes(), curve.closed) for curve in self.curves),
            self.curve_steps.tobytes(),
            None if self.box_ijk is None else self.box_ijk.tobytes(),
            mask and (mask.box_ijk.tobytes(), hash(np.packbits(mask.mask_kji).tobytes())),
        )

    def first(self, count: int) -> "PromptsIJK":
        """Return the same prompts with the first `count` steps only."""
        made = self.point_steps < count
        return replace(
            self,
            points_ijk=self.points_ijk[made],
            point_steps=self.point_steps[made],
            step_labels=self.step_labels[:count],
            curves=self.curves[: int((self.curve_steps < count).sum())],
            curve_steps=self.curve_steps[self.curve_steps < count],
        )

    def to_first_foreground(self) -> "PromptsIJK":
        """Return the same prompts with the positions up to the first in the object only."""
        count = int(np.argmax(self.point_labels == FOREGROUND)) + 1
        return replace(
            self, points_ijk=self.points_ijk[:count], point_steps=self.point_steps[:count]
        )

    def led_on(self, click_ijk: NDArray[np.float64]) -> "PromptsIJK":
        """Return what leads into the next tile: no box, no mask, one more click (1, 3)."""
        return replace(
            self,
            points_ijk=np.vstack([self.points_ijk, click_ijk]),
            point_steps=np.append(self.point_steps, len(self)),
            step_labels=np.append(self.step_labels, FOREGROUND),
            box_ijk=None,
            mask=None,
        )


def resolve(prompts: PromptSet, volume: Volume, *, maps: bool) -> PromptsIJK:
    """Return prompts in the frame of a volume.

    Args:
        prompts: RAS mm.
        volume: Whose frame.
        maps: The weights take curves as maps, with a few clicks beside each; otherwise the clicks
            stand for them, one step each.
    """
    clicks = step_clicks(prompts, volume, BESIDE_A_MAP if maps else ALONE)
    counts = [len(positions) for positions in clicks]
    corners = prompts.box_corners_ras
    box = None if corners is None else volume.points_ijk(corners)
    resolved = PromptsIJK(
        points_ijk=_each_in(volume, np.vstack([NOWHERE, *clicks])),
        point_steps=np.repeat(np.arange(len(prompts)), counts),
        step_labels=prompts.step_labels,
        box_ijk=None if box is None else np.stack([box.min(axis=0), box.max(axis=0)]),
        mask=_drawn(prompts.mask),
    )
    if maps:
        curves = tuple(resolve_curve(curve, volume) for curve in prompts.curves)
        return replace(resolved, curves=curves, curve_steps=prompts.curve_steps)
    return replace(
        resolved,
        point_steps=np.arange(sum(counts)),
        step_labels=resolved.point_labels,
        curves_as_clicks=bool(prompts.curves),
    )


def resolve_curve(curve: CurvePrompt, volume: Volume) -> CurveIJK:
    """Return a curve in the frame of a volume."""
    return CurveIJK(
        line_ijk=volume.points_ijk(curve.line_ras),
        label=curve.label,
        closed=curve.closed,
        reach_ijk=np.clip(volume.points_ijk(curve.points_ras), -0.5, volume.shape_ijk - 0.5),
        inside_ijk=volume.points_ijk(curve_clicks(curve, volume, ALONE)),
    )


def _drawn(mask: MaskPrompt | None) -> MaskPrompt | None:
    """Return no more of an earlier mask than is drawn; one without voxels is none."""
    tight = None if mask is None else mask.tight
    return None if tight is None or box_is_empty(tight.box_ijk) else tight


def _each_in(volume: Volume, points_ras: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return positions as IJK, each by itself.

    A product with many rows may round otherwise than with one, and what is remembered of the first
    clicks has to fit when more have come.
    """
    return np.vstack([NOWHERE, *(volume.points_ijk(point) for point in points_ras)])
