"""A box while it is drawn: a node of its own, whose pose the segment's box gets in the end."""

from typing import Any

from .PromptReader import PromptReader
from .PromptRole import PromptRole
from .PromptState import RoiPose
from .PromptStyle import styleMarkups


class BoxDraft:
    """Lets a box be drawn however often: where one is, Slicer's core places no further corner.

    Attributes:
        node: The vtkMRMLMarkupsROINode to place corners in, None while nothing is drawn.

    Args:
        scene: The MRML scene.
    """

    def __init__(self, scene: Any) -> None:
        self.node: Any = None
        self._scene = scene

    def begin(self) -> Any:
        """Return an empty box that neither lists nor files show."""
        node = self._scene.AddNewNodeByClass(PromptRole.BOX.nodeClass, "Box that is drawn")
        node.CreateDefaultDisplayNodes()
        for each in (node, node.GetDisplayNode()):
            if each is not None:
                each.SetHideFromEditors(True)
                each.SetSaveWithScene(False)
        if node.GetDisplayNode() is not None:
            styleMarkups(node.GetDisplayNode(), PromptRole.BOX)
        self.node = node
        return node

    def take(self) -> RoiPose | None:
        """Return what was drawn and drop the draft; None where it has no extent."""
        roi = PromptReader((), self.node).readRoi()
        self.drop()
        return roi

    def drop(self) -> None:
        """Remove the draft from the scene."""
        node, self.node = self.node, None
        if node is not None and node.GetScene() is not None:
            displayNode = node.GetDisplayNode()
            self._scene.RemoveNode(node)
            if displayNode is not None and displayNode.GetScene() is not None:
                self._scene.RemoveNode(displayNode)
