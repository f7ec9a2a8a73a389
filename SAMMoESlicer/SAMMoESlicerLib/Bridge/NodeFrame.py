"""Where the coordinates of a segmentation node lie in the world, and whether they were hardened."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from sammoe.errors import GeometryError
from sammoe.geometry import Matrix

from .Matrices import nodeToWorld


class NodeFrame:
    """Notices that a transform was hardened: other coordinates, and everything where it was.

    Args:
        segmentationNode: Whose voxels are kept in its own coordinates.
    """

    def __init__(self, segmentationNode: Any) -> None:
        self._node = segmentationNode
        self._toWorld = self._lookNow()

    def takeMove(self, grids: Callable[[], Iterable[tuple[Matrix, Matrix]]]) -> Matrix | None:
        """Return the (4, 4) matrix from the node's RAS before a hardening to its RAS now.

        None where there was none since the last time: the transform is the same, or it was changed
        and the voxels go along, or they are elsewhere now, which is somebody's work.

        Args:
            grids: Returns pairs of a segment's matrix from IJK to the node's RAS, at the last look
                and now; only asked where the transform is another one.
        """
        before, now = self._toWorld, self._lookNow()
        self._toWorld = now
        if before is None or now is None or np.array_equal(before, now):
            return None
        move = np.linalg.inv(now) @ before
        pairs = list(grids())
        stayed = [np.allclose(move @ was, isNow, atol=1e-4) for was, isNow in pairs]
        return move if stayed and all(stayed) else None

    def _lookNow(self) -> Matrix | None:
        """Return the (4, 4) matrix from the node's RAS to world RAS; None where it is no matrix."""
        try:
            return nodeToWorld(self._node)
        except GeometryError:
            return None
