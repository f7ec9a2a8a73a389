"""Where the coordinates of a segmentation node lie in the world, and whether they were hardened."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import vtk

from .Matrices import isUnderMatrix, nodeToWorld
from .NodeMove import NodeMove
from .SegmentVoxels import SegmentVoxels


class NodeFrame:
    """Notices that a transform was hardened: other coordinates, and everything where it was.

    Args:
        segmentationNode: Whose voxels are kept in its own coordinates.
    """

    def __init__(self, segmentationNode: Any) -> None:
        self._node = segmentationNode
        self._toWorld = self._lookNow()

    def takeMove(
        self, looks: Callable[[], Iterable[tuple[SegmentVoxels, SegmentVoxels]]]
    ) -> NodeMove | None:
        """Return what leads from the node's RAS before a hardening to its RAS now.

        None where there was none since the last time: the transform is the same, or it was changed
        and the voxels go along, or they are elsewhere now, which is somebody's work.

        Args:
            looks: Returns pairs of a segment's voxels, at the last look and now; only asked where
                the transform is another one.
        """
        before, now = self._toWorld, self._lookNow()
        self._toWorld = now
        if not isinstance(now, np.ndarray):
            return None
        if isinstance(before, np.ndarray) and np.array_equal(before, now):
            return None
        move = NodeMove(before, now)
        pairs = list(looks())
        return move if pairs and all(move.leads(*pair) for pair in pairs) else None

    def _lookNow(self) -> Any:
        """Return the (4, 4) matrix from the node's RAS to world RAS, or a VTK transform: a warp."""
        if isUnderMatrix(self._node):
            return nodeToWorld(self._node)
        warp = vtk.vtkGeneralTransform()
        self._node.GetParentTransformNode().GetTransformToWorld(warp)
        return warp
