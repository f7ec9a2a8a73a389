"""Slicer's place mode: which markups node the next click in a view goes to."""

from typing import Any

import slicer

from ..Signal import Signal


class PlaceMode:
    """Puts the mouse into placing and back; what the toolbar does shows here, and the other way.

    Signals:
        changed(): Placing began, ended or went to another node, whoever did it.

    Args:
        scene: The scene whose interaction and selection nodes are used.
    """

    def __init__(self, scene: Any) -> None:
        self.changed = Signal()
        self._isBeginning = False
        self._selection = scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        self._interaction = scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        self._observed = [
            (node, node.AddObserver(event, lambda *_: self._onChanged()))
            for node, event in (
                (self._interaction, self._interaction.InteractionModeChangedEvent),
                (self._selection, self._selection.ActivePlaceNodeIDChangedEvent),
            )
        ]

    @property
    def node(self) -> Any:
        """The node that is being placed in, or None."""
        if self._interaction.GetCurrentInteractionMode() != self._interaction.Place:
            return None
        return self._selection.GetNodeReference("ActivePlaceNode")

    def begin(self, node: Any, *, persistent: bool = True) -> None:
        """Let clicks in the views place points of `node`, one after the other or just one."""
        self._isBeginning = True
        try:
            self._selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
            self._selection.SetActivePlaceNodeID(node.GetID())
            self._interaction.SetPlaceModePersistence(persistent)
            self._interaction.SetCurrentInteractionMode(self._interaction.Place)
        finally:
            self._isBeginning = False
        self.changed.emit()

    def end(self) -> None:
        """Let the mouse move and adjust views again."""
        self._interaction.SetPlaceModePersistence(False)
        self._interaction.SwitchToViewTransformMode()

    def close(self) -> None:
        """Stop observing."""
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()

    def _onChanged(self) -> None:
        if not self._isBeginning:  # what is in between is nobody's wish
            self.changed.emit()


def jumpSlices(scene: Any, point_ras: Any) -> None:
    """Let all slice views show a position, (3,) RAS mm, without moving them sideways."""
    slicer.vtkMRMLSliceNode.JumpAllSlices(
        scene, *point_ras, slicer.vtkMRMLSliceNode.OffsetJumpSlice
    )
