"""A mark in the views where the next click would help most; it belongs to no segment."""

from typing import Any

NAME = "SAMMoE suggestion"
_COLOR = (1.0, 1.0, 1.0)


class SuggestedPoint:
    """Shows one star, which is neither saved nor listed.

    Args:
        scene: The scene to show it in.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._node: Any = None

    def show(self, point_ras: Any) -> None:
        """Show the mark at a position, (3,) RAS mm; None: no mark."""
        if self._node is not None and self._node.GetScene() is not None:
            self._scene.RemoveNode(self._node)
        self._node = None
        if point_ras is None:
            return
        node = self._scene.CreateNodeByClass("vtkMRMLMarkupsFiducialNode")
        node.UnRegister(None)
        node.SetName(NAME)
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        self._node = self._scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        node.SetLocked(True)
        display = node.GetDisplayNode()
        if display is not None:
            display.SetSaveWithScene(False)
            display.SetGlyphType(display.StarBurst2D)
            display.SetGlyphScale(6.0)
            display.SetPointLabelsVisibility(False)
            for setColor in (display.SetColor, display.SetSelectedColor, display.SetActiveColor):
                setColor(*_COLOR)
        node.AddControlPointWorld(*map(float, point_ras))
