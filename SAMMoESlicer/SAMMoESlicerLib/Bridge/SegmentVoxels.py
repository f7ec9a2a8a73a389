"""A segment's voxels on their own grid: exactly what is there, to compare and to put back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sammoe import MaskPrompt
from sammoe.geometry import (
    BoxIJK,
    Matrix,
    array_box,
    bounding_box,
    box_is_empty,
    box_slices_kji,
    intersect_boxes,
    ras_to_ijk,
)
from sammoe.provenance import packed_mask

from .OrientedImages import boxOf, gridOf, isOnGrid, maskOf, reachedBox, resampled, toOrientedImage


@dataclass(frozen=True, eq=False)
class SegmentVoxels:
    """A mask cut to its own box.

    Attributes:
        mask_kji: bool (k, j, i), the mask inside its box; empty where no voxel is set.
        box_ijk: (2, 3) half-open box on the grid.
        ijkToNode: (4, 4) from the grid's IJK to the RAS of the segmentation node.
    """

    mask_kji: NDArray[np.bool_]
    box_ijk: BoxIJK
    ijkToNode: Matrix

    @classmethod
    def ofImage(cls, image: Any) -> "SegmentVoxels":
        """Return the non-zero voxels of a vtkOrientedImageData."""
        mask = maskOf(image)
        return cls.cutOut(
            mask, boxOf(image) if mask.size else np.zeros((2, 3), np.int64), gridOf(image)
        )

    @classmethod
    def cutOut(
        cls, mask_kji: NDArray[np.bool_], box_ijk: BoxIJK, ijkToNode: Matrix
    ) -> "SegmentVoxels":
        """Return a mask that fills a box, cut to the smallest box around its voxels."""
        tight = bounding_box(mask_kji) if mask_kji.size else np.zeros((2, 3), dtype=np.int64)
        cut = mask_kji[box_slices_kji(tight)].copy()
        return cls(cut, tight + np.asarray(box_ijk, dtype=np.int64)[0], ijkToNode)

    @classmethod
    def none(cls) -> "SegmentVoxels":
        """Return the voxels of an empty segment."""
        return cls(np.zeros((0, 0, 0), dtype=bool), np.zeros((2, 3), dtype=np.int64), np.eye(4))

    @property
    def isEmpty(self) -> bool:
        """Say whether no voxel is set."""
        return self.mask_kji.size == 0

    @property
    def boxToNode(self) -> Matrix:
        """(4, 4) from voxels, counted from the box's first, to the RAS of the node."""
        toGrid = np.eye(4)
        toGrid[:3, 3] = self.box_ijk[0]
        return self.ijkToNode @ toGrid

    @cached_property
    def volumeMl(self) -> float:
        """Size in millilitres."""
        voxel_mm3 = abs(float(np.linalg.det(self.ijkToNode[:3, :3])))
        return int(np.count_nonzero(self.mask_kji)) * voxel_mm3 / 1e3

    @cached_property
    def packed(self) -> dict[str, Any]:
        """The voxels as values that JSON knows; packed once, written with every later click."""
        packed: dict[str, Any] = packed_mask(self.mask_kji, self.box_ijk)
        return {**packed, "ijkToNode": self.ijkToNode.ravel().tolist()}

    @cached_property
    def contentHash(self) -> str:
        """Hex digest of form and size; storing the grid with another origin changes nothing."""
        digest = hashlib.blake2b(str(self.mask_kji.shape).encode(), digest_size=12)
        digest.update(np.packbits(self.mask_kji).tobytes())
        return digest.hexdigest()

    def toImage(self) -> Any:
        """Return the voxels as a vtkOrientedImageData."""
        return toOrientedImage(self.mask_kji, self.box_ijk, self.ijkToNode)

    def isSameAs(self, other: "SegmentVoxels") -> bool:
        """Say whether both are the same voxels of the same grid."""
        if self.isEmpty or other.isEmpty:
            return self.isEmpty and other.isEmpty
        return (
            np.array_equal(self.box_ijk, other.box_ijk)
            and np.allclose(self.ijkToNode, other.ijkToNode)
            and np.array_equal(self.mask_kji, other.mask_kji)
        )

    def holds(self, point_node: Sequence[float]) -> bool:
        """Say whether a position, RAS mm of the segmentation node, lies in one of the voxels."""
        at = np.round(ras_to_ijk([point_node], self.ijkToNode)[0]).astype(np.int64)
        if self.isEmpty or (at < self.box_ijk[0]).any() or (at >= self.box_ijk[1]).any():
            return False
        return bool(self.mask_kji[tuple((at - self.box_ijk[0])[::-1])])

    def without(self, other: "SegmentVoxels") -> "SegmentVoxels":
        """Return the voxels that are not in the other one, on this one's grid."""
        if self.isEmpty or other.isEmpty:
            return self
        left = self.mask_kji & ~other._inBox(self.box_ijk, self.ijkToNode)
        return self.cutOut(left, self.box_ijk, self.ijkToNode)

    def countOther(self, other: "SegmentVoxels") -> int:
        """Return how many voxels only one of both has."""
        only = (self.without(other), other.without(self))
        return sum(int(np.count_nonzero(voxels.mask_kji)) for voxels in only)

    def onGrid(self, ijkToNode: Matrix, shape_kji: tuple[int, ...]) -> MaskPrompt | None:
        """Return the mask on a volume's grid, nearest neighbour; None where it has no voxel there.

        Args:
            ijkToNode: (4, 4) from the volume's IJK to the segmentation node's RAS.
            shape_kji: The volume's shape.
        """
        if self.isEmpty:
            return None
        box = intersect_boxes(reachedBox(self.toImage(), ijkToNode), array_box(shape_kji))
        if box_is_empty(box):
            return None
        found = self.cutOut(self._inBox(box, ijkToNode), box, ijkToNode)
        return None if found.isEmpty else MaskPrompt(found.mask_kji, found.box_ijk)

    def _inBox(self, box_ijk: BoxIJK, ijkToNode: Matrix) -> NDArray[np.bool_]:
        """Return the mask inside a box of a grid, (k, j, i)."""
        image = self.toImage()
        if not isOnGrid(image, ijkToNode):
            return resampled(image, box_ijk, ijkToNode)
        mask = np.zeros(tuple((box_ijk[1] - box_ijk[0])[::-1]), dtype=bool)
        common = intersect_boxes(self.box_ijk, box_ijk)
        if not box_is_empty(common):
            mask[box_slices_kji(common - box_ijk[0])] = self.mask_kji[
                box_slices_kji(common - self.box_ijk[0])
            ]
        return mask
