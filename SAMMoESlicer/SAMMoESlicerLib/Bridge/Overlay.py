"""Masks shown for a moment: outlines in the views that belong to no segment and are not saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sammoe import Volume
from sammoe.geometry import BoxIJK

from .SegmentWriter import SegmentWriter

_CLASS = "vtkMRMLSegmentationNode"


@dataclass(frozen=True, eq=False)
class OverlayMask:
    """One mask to show.

    Attributes:
        name: Shown in the corner of the slice views.
        color: Red, green, blue, each 0..1.
        mask_box_kji: bool, the mask inside its box.
        box_ijk: (2, 3) half-open box on the volume's grid.
    """

    name: str
    color: tuple[float, float, float]
    mask_box_kji: NDArray[np.bool_]
    box_ijk: BoxIJK


class Overlay:
    """Shows masks in a segmentation node of its own.

    Args:
        scene: The scene to show them in.
        name: The node's name.
        fillOpacity: 0 draws outlines only.
    """

    def __init__(self, scene: Any, name: str, *, fillOpacity: float = 0.0) -> None:
        self._scene = scene
        self._name = name
        self._fillOpacity = fillOpacity
        self._node: Any = None

    @property
    def node(self) -> Any:
        """The node while something is shown, or None."""
        return self._node if self._node is not None and self._node.GetScene() else None

    def show(self, volume: Volume, masks: Sequence[OverlayMask]) -> None:
        """Show these masks in the place of what is shown."""
        self.clear()
        node = self._scene.CreateNodeByClass(_CLASS)
        node.UnRegister(None)
        node.SetName(self._name)
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        self._node = self._scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSaveWithScene(False)
        display.SetOpacity2DFill(self._fillOpacity)
        display.SetVisibility3D(False)
        writer = SegmentWriter(node)
        for mask in masks:
            segmentId = writer.addSegment(mask.name)
            node.GetSegmentation().GetSegment(segmentId).SetColor(*mask.color)
            writer.write(segmentId, volume, mask.mask_box_kji, mask.box_ijk)

    def clear(self) -> None:
        """Show nothing."""
        if self.node is not None:
            self._scene.RemoveNode(self._node)
        self._node = None
