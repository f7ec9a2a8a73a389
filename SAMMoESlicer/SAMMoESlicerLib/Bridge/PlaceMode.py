"""Slicer's place mode: which markups node the next click in a view goes to."""

from collections.abc import Iterator
from contextlib import contextmanager
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
        self._isBusy = False
        self._isResting = False
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
        mode = self._interaction.GetCurrentInteractionMode()
        if mode != self._interaction.Place and not self._isResting:
            return None
        return self._selection.GetNodeReference("ActivePlaceNode")

    def begin(self, node: Any, *, persistent: bool = True) -> None:
        """Let clicks in the views place points of `node`, one after the other or just one."""
        with self._quietly():
            self._selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
            self._selection.SetActivePlaceNodeID(node.GetID())
            self._interaction.SetPlaceModePersistence(persistent)
            self._interaction.SetCurrentInteractionMode(self._interaction.Place)
        self.changed.emit()

    @property
    def isResting(self) -> bool:
        """Say whether placing is interrupted for a moment."""
        return self._isResting

    def rest(self) -> None:
        """Let the mouse move a view for a moment; nobody is told, because placing goes on."""
        if self.node is not None:
            self._isResting = True
            with self._quietly():
                self._interaction.SetCurrentInteractionMode(self._interaction.ViewTransform)

    def goOn(self) -> None:
        """Place again after a rest."""
        if self._isResting:
            self._isResting = False
            with self._quietly():
                self._interaction.SetCurrentInteractionMode(self._interaction.Place)

    def end(self) -> None:
        """Let the mouse move and adjust views again."""
        self._isResting = False
        self._interaction.SetPlaceModePersistence(False)
        self._interaction.SwitchToViewTransformMode()

    def close(self) -> None:
        """Stop observing."""
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed.clear()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Tell nobody of what is in between."""
        self._isBusy = True
        try:
            yield
        finally:
            self._isBusy = False

    def _onChanged(self) -> None:
        if not self._isBusy:
            self.changed.emit()


def jumpSlices(scene: Any, point_ras: Any) -> None:
    """Let all slice views show a position, (3,) RAS mm, without moving them sideways."""
    slicer.vtkMRMLSliceNode.JumpAllSlices(
        scene, *point_ras, slicer.vtkMRMLSliceNode.OffsetJumpSlice
    )
