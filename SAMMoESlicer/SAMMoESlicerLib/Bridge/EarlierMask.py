"""A mask that a prediction starts from; it knows where it lies, whatever volume it is asked of."""

from dataclasses import dataclass
from typing import Any

from sammoe import MaskPrompt
from sammoe.geometry import Matrix
from sammoe.provenance import packed_mask

from .NodeMove import NodeMove
from .SegmentVoxels import SegmentVoxels


@dataclass(frozen=True, eq=False)
class EarlierMask(MaskPrompt):
    """A mask prompt with its grid.

    Attributes:
        ijkToNode: (4, 4) from the grid's IJK to the RAS of the segmentation node; None: whichever
            grid the volume has, as in records of the command line and of earlier versions.
    """

    ijkToNode: Matrix | None = None

    @classmethod
    def placed(cls, mask: MaskPrompt | None, ijkToNode: Matrix) -> "EarlierMask | None":
        """Return a mask with its grid; None where there is none."""
        return None if mask is None else cls(mask.mask_kji, mask.box_ijk, ijkToNode)

    @property
    def packed(self) -> dict[str, Any]:
        """The mask as values that JSON knows."""
        packed: dict[str, Any] = packed_mask(self.mask_kji, self.box_ijk)
        if self.ijkToNode is not None:
            packed["ijkToNode"] = self.ijkToNode.ravel().tolist()
        return packed

    def moved(self, move: NodeMove) -> "EarlierMask":
        """Return the mask in other coordinates of the node."""
        if self.ijkToNode is None:
            return self
        voxels = SegmentVoxels(self.mask_kji, self.box_ijk, self.ijkToNode)
        return move.once(self, lambda: EarlierMask._of(move.voxels(voxels)))

    @classmethod
    def _of(cls, voxels: SegmentVoxels) -> "EarlierMask":
        return cls(voxels.mask_kji, voxels.box_ijk, voxels.ijkToNode)

    def onGrid(self, ijkToNode: Matrix, shape_kji: tuple[int, ...]) -> MaskPrompt | None:
        """Return the mask on a volume's grid, nearest neighbour; None where it has no voxel there.

        Args:
            ijkToNode: (4, 4) from the volume's IJK to the segmentation node's RAS.
            shape_kji: The volume's shape.
        """
        if self.ijkToNode is None:
            return self
        voxels = SegmentVoxels(self.mask_kji, self.box_ijk, self.ijkToNode)
        return voxels.onGrid(ijkToNode, shape_kji)
