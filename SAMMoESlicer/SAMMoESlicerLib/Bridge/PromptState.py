"""What the user has marked for one segment at one moment, as plain values."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sammoe.geometry import box_corners, transform_points
from sammoe.prompts import PromptSet

from .Curve import Curve
from .EarlierMask import EarlierMask
from .HandEdit import DRAWN_BEFORE, HandEdit
from .NodeMove import NodeMove


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
        half = np.array(self.size) / 2
        matrix = np.reshape(self.objectToWorld, (4, 4))
        return transform_points(box_corners([-half, half]), matrix)


@dataclass(frozen=True)
class PromptState:
    """All prompts and all hand work of one segment; equal when nothing was changed.

    Attributes:
        clicks: In the order in which they were made.
        roi: None where no box is drawn.
        mask: None, or an earlier mask to start from.
        edits: What was painted and erased by hand, in its order.
        isDrawn: The last step was by hand: the segment is what the last edit left, no prediction.
        curves: Scribbles and lassos in the order in which they were drawn.
        volumeId: Node id of the volume they were marked on; empty where that is not known, as of a
            file.
    """

    clicks: tuple[Click, ...] = ()
    roi: RoiPose | None = None
    mask: EarlierMask | None = None
    edits: tuple[HandEdit, ...] = ()
    isDrawn: bool = False
    curves: tuple[Curve, ...] = ()
    volumeId: str = field(default="", compare=False)

    @property
    def isEmpty(self) -> bool:
        """Say whether there is nothing a model could go by; hand work is none."""
        return not self.clicks and not self.curves and self.roi is None and self.mask is None

    @property
    def isUntouched(self) -> bool:
        """Say whether there is nothing at all: no prompt, and nothing done by hand."""
        return self.isEmpty and not self.edits

    @property
    def marks(self) -> "PromptState":
        """What of it is seen as markups: clicks, curves and box."""
        return PromptState(self.clicks, self.roi, curves=self.curves)

    @property
    def _prompts(self) -> list[Click | Curve]:
        """Clicks and curves in the order in which they were made."""
        prompts: list[Click | Curve] = [*self.clicks, *self.curves]
        return sorted(prompts, key=lambda prompt: prompt.number)

    @property
    def _numbers(self) -> set[int]:
        """Numbers of all clicks, curves and edits."""
        return {prompt.number for prompt in self._prompts} | {edit.number for edit in self.edits}

    @property
    def nextNumber(self) -> int:
        """The number the next click, curve or edit gets."""
        return 1 + max(self._numbers, default=0)

    def withEdit(self, edit: HandEdit) -> "PromptState":
        """Return the state after the user painted or erased."""
        return replace(self, edits=(*self.edits, edit), isDrawn=True)

    def moved(self, move: NodeMove) -> "PromptState":
        """Return the state in other coordinates of the node."""
        edits = tuple(edit.moved(move) for edit in self.edits)
        return replace(self, edits=edits, mask=self.mask and self.mask.moved(move))

    def withoutPrompts(self) -> "PromptState":
        """Return what was there before the first click: what was drawn by hand until then."""
        first = min((prompt.number for prompt in self._prompts), default=self.nextNumber)
        edits = tuple(edit for edit in self.edits if edit.number < first)
        return PromptState(edits=edits, isDrawn=bool(edits))

    def steps(self) -> list["PromptState"]:
        """Return the states that lead here: what was there before, then one more step each."""
        drawn = tuple(edit for edit in self.edits if edit.number == DRAWN_BEFORE)
        numbers = self._numbers - {DRAWN_BEFORE}
        steps = [PromptState(edits=drawn, isDrawn=bool(drawn))]
        steps += [self._until(number) for number in sorted(numbers)[:-1]]
        return steps if self == steps[0] else [*steps, self]

    def _until(self, number: int) -> "PromptState":
        edits = tuple(edit for edit in self.edits if edit.number <= number)
        return replace(
            self,
            clicks=tuple(click for click in self.clicks if click.number <= number),
            curves=tuple(curve for curve in self.curves if curve.number <= number),
            edits=edits,
            isDrawn=bool(edits) and edits[-1].number == number,
        )

    def isMoveOf(self, other: "PromptState") -> bool:
        """Say whether only places differ: the same clicks, only somewhere else or a box changed."""
        mine, others = ([(p.number, p.label) for p in s._prompts] for s in (self, other))
        return mine == others

    def toPromptSet(self) -> PromptSet:
        """Return what the worker takes; a box is its corners."""
        clicks = sorted(self.clicks, key=lambda click: click.number)
        curves = [
            curve.toPrompt(sum(click.number < curve.number for click in clicks))
            for curve in sorted(self.curves, key=lambda curve: curve.number)
        ]
        return PromptSet(
            points_ras=np.array([click.positionRas for click in clicks]).reshape(-1, 3),
            point_labels=np.array([click.label for click in clicks], dtype=np.int64),
            box_ras=None if self.roi is None else self.roi.cornersRas,
            mask=self.mask,
            curves=tuple(curves),
        )
