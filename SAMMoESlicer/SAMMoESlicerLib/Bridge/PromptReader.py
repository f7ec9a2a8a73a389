"""Markups nodes -> clicks and a box, everything in world RAS."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import slicer

from sammoe.prompts import BACKGROUND, FOREGROUND

from .Matrices import fromVtkMatrix
from .PromptState import Click, PromptState, RoiPose

_STAMP = re.compile(r"\[click (\d+)\]")
_LABELS = {"positive": FOREGROUND, "+": FOREGROUND, "negative": BACKGROUND, "-": BACKGROUND}


@dataclass(frozen=True)
class PlacedClick:
    """A click and the control point that shows it."""

    click: Click
    node: Any
    index: int


class PromptReader:
    """Reads the points of some lists, and a box.

    A list gives its points a label (two lists), and a point's own description may say otherwise
    (one list with a label a point): `positive`, `negative`, `+` or `-`. The description also
    carries the order of clicks, `[click 3]`, across lists and across saving.

    Args:
        lists: Fiducial nodes, each with the label of its points (1 or 0).
        roiNode: A vtkMRMLMarkupsROINode, or None.
    """

    def __init__(self, lists: Iterable[tuple[Any, int]], roiNode: Any = None) -> None:
        self.lists = list(lists)
        self.roiNode = roiNode

    def read(self) -> PromptState:
        """Return everything marked at this moment."""
        return PromptState(tuple(placed.click for placed in self.readPoints()), self.readRoi())

    def readPoints(self, *, firstNumber: int = 1) -> list[PlacedClick]:
        """Return the defined points in the order of clicks; previews are none.

        Points without a number, or with one already taken, come last, as they stand; they get
        numbers from `firstNumber`, or from behind the last one.
        """
        numbered: dict[int, PlacedClick] = {}
        others: list[tuple[Any, int, int]] = []
        for node, index, label in self._definedPoints():
            number = clickNumber(node.GetNthControlPointDescription(index))
            if number is None or number in numbered:
                others.append((node, index, label))
            else:
                numbered[number] = _placed(node, index, number, label)
        start = max(firstNumber, 1 + max(numbered, default=0))
        for number, point in enumerate(others, start=start):
            node, index, label = point
            numbered[number] = _placed(node, index, number, label)
        return [numbered[number] for number in sorted(numbered)]

    def readRoi(self) -> RoiPose | None:
        """Return the box, or None where there is none or it has no extent yet."""
        if self.roiNode is None or min(self.roiNode.GetSize()) <= 0:
            return None
        objectToWorld = fromVtkMatrix(self.roiNode.GetObjectToWorldMatrix())
        return RoiPose(tuple(objectToWorld.ravel().tolist()), tuple(self.roiNode.GetSize()))

    def _definedPoints(self) -> Iterable[tuple[Any, int, int]]:
        defined = slicer.vtkMRMLMarkupsNode.PositionDefined
        for node, listLabel in self.lists:
            for index in range(node.GetNumberOfControlPoints()):
                if node.GetNthControlPointPositionStatus(index) == defined:
                    ownLabel = _labelIn(node.GetNthControlPointDescription(index))
                    yield node, index, listLabel if ownLabel is None else ownLabel


def clickNumber(description: str) -> int | None:
    """Return the number a control point's description carries, or None."""
    found = _STAMP.search(description)
    return int(found.group(1)) if found else None


def withClickNumber(description: str, number: int) -> str:
    """Return the description with this number in it, the user's own words kept."""
    return f"{_STAMP.sub('', description).strip()} [click {number}]".strip()


def _labelIn(description: str) -> int | None:
    return _LABELS.get(_STAMP.sub("", description).strip().lower())


def _placed(node: Any, index: int, number: int, label: int) -> PlacedClick:
    position = [0.0, 0.0, 0.0]
    node.GetNthControlPointPositionWorld(index, position)
    click = Click(number, label, (position[0], position[1], position[2]))
    return PlacedClick(click, node, index)
