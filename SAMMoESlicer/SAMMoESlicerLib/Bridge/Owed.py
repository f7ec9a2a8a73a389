"""What segments took from others, to be given back."""

from typing import Any

from .NodeMove import NodeMove
from .SegmentVoxels import SegmentVoxels

Owed = dict[tuple[str, str], Any]
"""Voxels, as vtkOrientedImageData, by who took them and whose they are."""


def movedOwed(owed: Owed, move: NodeMove) -> Owed:
    """Return what is owed in other coordinates of the node."""
    return {
        pair: move.voxels(SegmentVoxels.ofImage(image)).toImage() for pair, image in owed.items()
    }
