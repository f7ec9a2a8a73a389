"""The scribbles and lassos of one segment: each a markups curve of its own, saved like points."""

from collections.abc import Iterable
from typing import Any

import vtk

from sammoe.prompts import BACKGROUND, FOREGROUND

from .Curve import Curve
from .PromptStyle import styleCurve

CLASSES = {False: "vtkMRMLMarkupsCurveNode", True: "vtkMRMLMarkupsClosedCurveNode"}
CURVE_ROLE = "curve"
_NUMBER, _LABEL, _DRAWING = "SAMMoE.Number", "SAMMoE.Label", "SAMMoE.Drawing"


class CurveMarkups:
    """Reads, makes and removes curve nodes; who owns them says `PromptMarkups`.

    Args:
        scene: The scene of the nodes.

    Attributes:
        nodes: The curves; `living` are those that are still there.
        haveVanished: Somebody else deleted one.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self.nodes: list[Any] = []
        self.haveVanished = False

    def living(self) -> list[Any]:
        """Return the nodes that were not deleted."""
        living = [node for node in self.nodes if node.GetScene() is not None]
        gone = [node for node in self.nodes if node.GetScene() is None]
        self.haveVanished |= any(not node.GetAttribute(_DRAWING) for node in gone)
        self.nodes = living
        return living

    def claim(self, node: Any) -> None:
        """Take a node of the scene, unless it is somebody's copy of one that is taken already."""
        number = _numberOf(node)
        if not number or all(_numberOf(known) != number for known in self.nodes):
            self.nodes.append(node)

    def add(self, name: str, *, isClosed: bool, label: int, isBeingDrawn: bool = False) -> Any:
        """Make an empty curve; while it is drawn it is no prompt yet."""
        node = self._scene.AddNewNodeByClass(CLASSES[isClosed], name)
        node.SetCurveTypeToLinear()
        node.SetAttribute(_LABEL, str(label))
        node.SetAttribute(_DRAWING, "1" if isBeingDrawn else None)
        node.CreateDefaultDisplayNodes()
        if node.GetDisplayNode() is not None:
            styleCurve(node.GetDisplayNode(), isForeground=label == FOREGROUND)
        self.nodes.append(node)
        return node

    @staticmethod
    def finish(node: Any) -> None:
        """Let a curve that was drawn be a prompt."""
        node.SetAttribute(_DRAWING, None)

    def read(self, *, firstNumber: int) -> tuple[Curve, ...]:
        """Return the curves that are drawn; new ones count from `firstNumber`."""
        curves, free = [], firstNumber
        for node in self.living():
            if node.GetAttribute(_DRAWING) or not node.GetNumberOfDefinedControlPoints():
                continue
            curves.append(_curveOf(node, _numberOf(node) or free))
            free = max(free, curves[-1].number + 1)
        return tuple(sorted(curves, key=lambda curve: curve.number))

    def number(self, *, firstNumber: int) -> None:
        """Let new curves carry their numbers from now on."""
        free = firstNumber
        for node in self.living():
            if not _numberOf(node) and not node.GetAttribute(_DRAWING):
                node.SetAttribute(_NUMBER, str(free))
            free = max(free, _numberOf(node) + 1)

    def restore(self, curves: Iterable[Curve], name: str) -> list[Any]:
        """Make the nodes show these curves; returns those that are new."""
        wanted = {curve.number: curve for curve in curves}
        for node in tuple(self.living()):
            curve = wanted.pop(_numberOf(node), None)
            if node.GetAttribute(_DRAWING):
                continue
            if curve is None:
                self.nodes.remove(node)
                self._scene.RemoveNode(node)
            elif _curveOf(node, curve.number) != curve:
                _setPoints(node, curve)
        made = []
        for curve in wanted.values():
            node = self.add(name, isClosed=curve.isClosed, label=curve.label)
            node.SetAttribute(_NUMBER, str(curve.number))
            _setPoints(node, curve)
            made.append(node)
        return made


def labelOf(node: Any) -> int:
    """Return a curve node's label: 1 foreground, 0 background."""
    return BACKGROUND if node.GetAttribute(_LABEL) == str(BACKGROUND) else FOREGROUND


def _numberOf(node: Any) -> int:
    """Return the number a curve node carries; 0 where there is none that can be read."""
    text = node.GetAttribute(_NUMBER) or ""
    return int(text) if text.isdecimal() else 0


def _curveOf(node: Any, number: int) -> Curve:
    """Return a node's curve; a point that is still being placed, or has no place, is none of it."""
    points = []
    for index in range(node.GetNumberOfControlPoints()):
        if node.GetNthControlPointPositionStatus(index) != node.PositionDefined:
            continue
        position = [0.0, 0.0, 0.0]
        node.GetNthControlPointPositionWorld(index, position)
        points.append((position[0], position[1], position[2]))
    isClosed = node.IsA(CLASSES[True])
    return Curve(number, labelOf(node), isClosed, tuple(points))


def _setPoints(node: Any, curve: Curve) -> None:
    node.RemoveAllControlPoints()
    for point in curve.pointsRas:
        node.AddControlPointWorld(vtk.vtkVector3d(*point))
