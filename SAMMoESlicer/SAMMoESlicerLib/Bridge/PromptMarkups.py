"""The markups of one segment: found in the scene, made when needed, put back by undo."""

from typing import Any

import numpy as np
import vtk

from sammoe.prompts import FOREGROUND

from .CurveMarkups import CURVE_ROLE, CurveMarkups, labelOf
from .Matrices import isUnderMatrix, nodeToWorld, toVtkMatrix
from .PromptReader import PlacedClick, PromptReader, clickNumber, withClickNumber
from .PromptRole import PromptRole
from .PromptState import Click, PromptState, RoiPose
from .PromptStyle import styleMarkups

_ROLE = "SAMMoE.PromptRole"
_SEGMENT = "SAMMoE.SegmentId"
_SEGMENTATION = "SAMMoE.Segmentation"
_LISTS = (PromptRole.POSITIVE, PromptRole.NEGATIVE, PromptRole.POINTS)
_VOLUME = "SAMMoE.Volume"
_MADE = "SAMMoE.Made"


class PromptMarkups:
    """Owns up to three nodes per segment; they are saved with the scene and found again there.

    A node knows its segment by a node reference to the segmentation (Slicer keeps it right when
    scenes are merged) and an attribute with the segment's id.

    Args:
        scene: The scene the nodes live in.
        segmentationNode: The segmentation of the segment.
        segmentId: The segment.
    """

    def __init__(self, scene: Any, segmentationNode: Any, segmentId: str) -> None:
        self._scene = scene
        self._segmentationNode = segmentationNode
        self._segmentId = segmentId
        self._nodes: dict[PromptRole, Any] = {}
        self._hasVanished = False
        self._curves = CurveMarkups(scene)
        nodes = scene.GetNodesByClass("vtkMRMLMarkupsNode")
        for index in range(nodes.GetNumberOfItems()):
            self._claim(nodes.GetItemAsObject(index))

    def node(self, role: PromptRole) -> Any:
        """Return the node of a role, or None where there is none or the user deleted it."""
        node = self._nodes.get(role)
        if node is not None and node.GetScene() is None:
            del self._nodes[role]
            self._hasVanished = True
            return None
        return node

    def takeVanished(self) -> bool:
        """Say whether somebody else deleted a whole node since this was asked the last time."""
        self.nodes()
        hasVanished = self._hasVanished or self._curves.haveVanished
        self._hasVanished = self._curves.haveVanished = False
        return hasVanished

    def nodes(self) -> list[Any]:
        """Return all nodes that exist."""
        lists = [node for role in PromptRole if (node := self.node(role)) is not None]
        return [*lists, *self._curves.living()]

    @property
    def volumeId(self) -> str:
        """Node id of the volume that was marked, as far as it is known; otherwise empty."""
        ids = (node.GetNodeReferenceID(_VOLUME) for node in self.nodes())
        return next((id for id in ids if id), "")

    def setVolume(self, volumeId: str) -> None:
        """Remember in the scene which volume is marked."""
        for node in self.nodes():
            if volumeId and node.GetNodeReferenceID(_VOLUME) != volumeId:
                node.SetNodeReferenceID(_VOLUME, volumeId)

    def labelled(self) -> list[tuple[Any, int]]:
        """Return all nodes that exist, each with its label: 1 foreground, 0 background."""
        lists = [(n, role.listLabel) for role in PromptRole if (n := self.node(role)) is not None]
        return [*lists, *((node, labelOf(node)) for node in self._curves.living())]

    def ensureNode(self, role: PromptRole) -> Any:
        """Return the node of a role, made on first use, for a place widget or a script."""
        node = self.node(role)
        if node is None:
            node = self._scene.AddNewNodeByClass(role.nodeClass, self._nameOf(role.value))
            node.SetControlPointLabelFormat("%d")
            node.SetAttribute(_MADE, "1")
            node.CreateDefaultDisplayNodes()
            if node.GetDisplayNode() is not None:
                styleMarkups(node.GetDisplayNode(), role)
            self.adopt(node, role)
        return node

    def adopt(self, node: Any, role: PromptRole) -> None:
        """Make a node of the user's own the segment's node of this role."""
        node.SetAttribute(_ROLE, role.value)
        node.SetAttribute(_SEGMENT, self._segmentId)
        node.SetNodeReferenceID(_SEGMENTATION, self._segmentationNode.GetID())
        self._nodes[role] = node

    def remove(self) -> None:
        """Let go of the nodes of a segment that is gone; lists of the user's own stay."""
        for node in self.nodes():
            if node.GetAttribute(_MADE):
                self._scene.RemoveNode(node)
            else:
                node.SetAttribute(_SEGMENT, None)
        self._nodes.clear()
        self._curves.nodes.clear()

    def beginCurve(self, *, isClosed: bool, label: int) -> Any:
        """Make a curve node to be drawn in; `endCurve` lets it be a prompt."""
        node = self._curves.add(
            self._nameOf(CURVE_ROLE), isClosed=isClosed, label=label, isBeingDrawn=True
        )
        self._own(node)
        return node

    def endCurve(self, node: Any) -> None:
        """Let a curve that was drawn be a prompt."""
        self._curves.finish(node)

    def setVisible(self, visible: bool) -> None:
        """Show or hide the nodes, e.g. while another segment is active."""
        for node in self.nodes():
            node.SetDisplayVisibility(visible)

    def peek(self, *, firstNumber: int = 1) -> PromptState:
        """Return what is marked now; clicks that are new count from `firstNumber`."""
        reader = self._reader()
        clicks = tuple(p.click for p in reader.readPoints(firstNumber=firstNumber))
        free = max([firstNumber, *(click.number + 1 for click in clicks)])
        return PromptState(clicks, reader.readRoi(), curves=self._curves.read(firstNumber=free))

    def read(self, *, firstNumber: int = 1) -> PromptState:
        """Return what is marked now, and let new clicks carry their numbers from now on."""
        for placed in self._reader().readPoints(firstNumber=firstNumber):
            self._stamp(placed.node, placed.index, placed.click.number)
            firstNumber = max(firstNumber, placed.click.number + 1)
        self._curves.number(firstNumber=firstNumber)
        return self.peek()

    def restore(self, state: PromptState) -> PromptState:
        """Make the markups show `state`; points that already do are not touched.

        Returns:
            What is marked now: `state` but for rounding under a parent transform.
        """
        wanted = {click.number: click for click in state.clicks}
        for placed in sorted(self._reader().readPoints(), key=lambda p: p.index, reverse=True):
            click = wanted.get(placed.click.number)
            if click is None or click.label != placed.click.label:
                placed.node.RemoveNthControlPoint(placed.index)
            else:
                self._moveTo(placed, wanted.pop(click.number))
        for click in state.clicks:
            if click.number in wanted:
                self._add(click)
        self.setRoi(state.roi)
        for node in self._curves.restore(state.curves, self._nameOf(CURVE_ROLE)):
            self._own(node)
        return self.read()

    def setRoi(self, roi: RoiPose | None) -> None:
        """Let this be the box; None: there is none.

        No place can be given to a box under a warp: it leaves that, and is where it is to be.
        """
        if self._reader().readRoi() == roi:
            return
        node = self.ensureNode(PromptRole.BOX)
        if roi is None:
            node.RemoveAllControlPoints()
            node.SetSize(0.0, 0.0, 0.0)
            return
        if not isUnderMatrix(node):
            node.SetAndObserveTransformNodeID(None)
        objectToWorld = np.reshape(roi.objectToWorld, (4, 4))
        objectToNode = np.linalg.inv(nodeToWorld(node)) @ objectToWorld
        node.GetObjectToNodeMatrix().DeepCopy(toVtkMatrix(objectToNode))
        node.SetSize(*roi.size)

    def _reader(self) -> PromptReader:
        lists = [(n, role.listLabel) for role in _LISTS if (n := self.node(role)) is not None]
        return PromptReader(lists, self.node(PromptRole.BOX))

    def _nameOf(self, role: str) -> str:
        segment = self._segmentationNode.GetSegmentation().GetSegment(self._segmentId)
        return f"{segment.GetName()} {role}"

    def _own(self, node: Any) -> None:
        """Let a curve belong to the segment."""
        node.SetAttribute(_MADE, "1")
        node.SetAttribute(_ROLE, CURVE_ROLE)
        node.SetAttribute(_SEGMENT, self._segmentId)
        node.SetNodeReferenceID(_SEGMENTATION, self._segmentationNode.GetID())

    def _claim(self, node: Any) -> None:
        isOurs = (
            node.GetNodeReference(_SEGMENTATION) is self._segmentationNode
            and node.GetAttribute(_SEGMENT) == self._segmentId
        )
        if isOurs and node.GetAttribute(_ROLE) == CURVE_ROLE:
            self._curves.claim(node)
        elif isOurs and node.GetAttribute(_ROLE) in {role.value for role in PromptRole}:
            # The first one: a list that somebody copied has the attributes of the original.
            self._nodes.setdefault(PromptRole(node.GetAttribute(_ROLE)), node)

    @staticmethod
    def _stamp(node: Any, index: int, number: int) -> None:
        description = node.GetNthControlPointDescription(index)
        if clickNumber(description) != number:
            node.SetNthControlPointDescription(index, withClickNumber(description, number))

    @staticmethod
    def _moveTo(placed: PlacedClick, click: Click) -> None:
        if placed.click.positionRas != click.positionRas:
            placed.node.SetNthControlPointPositionWorld(placed.index, *click.positionRas)

    def _add(self, click: Click) -> None:
        mixed = self.node(PromptRole.POINTS)
        role = PromptRole.POSITIVE if click.label == FOREGROUND else PromptRole.NEGATIVE
        node = mixed if mixed is not None else self.ensureNode(role)
        index = node.AddControlPointWorld(vtk.vtkVector3d(*click.positionRas))
        description = "" if mixed is None else role.value
        node.SetNthControlPointDescription(index, withClickNumber(description, click.number))
