"""A mask on a volume's grid -> a segment, and never a neighbour's voxels by accident."""

from collections.abc import Collection
from enum import Enum
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from sammoe import Volume
from sammoe.bundle import ExpertCard
from sammoe.errors import GeometryError
from sammoe.geometry import BoxIJK, box_is_empty, unite_boxes

from .LateSurfaces import LateSurfaces
from .Matrices import nodeToWorld
from .NodeFrame import NodeFrame
from .NodeMove import NodeMove
from .OneEvent import oneEvent
from .OrientedImages import (
    boxOf,
    gridOf,
    reachedBox,
    resampled,
    toOrientedImage,
    withoutVoxel,
)
from .Owed import Owed, movedOwed
from .RecordedVoxels import passOn
from .ReferenceVolume import referenceVolumeOf
from .SegmentStyle import markAsUnnamed, styleSegment
from .SegmentVoxels import SegmentVoxels
from .SharedLayer import layerGrid, leaveLayerOfAnotherGrid, shareEmptyLayer
from .Structure import Structure

_Logic = slicer.vtkSlicerSegmentationsModuleLogic


class WriteMode(Enum):
    """What happens where the mask lies on another segment."""

    KEEP_OTHERS = "keep"
    OVERWRITE_OTHERS = "overwrite"


class SegmentWriter:
    """Writes masks into the segments of one segmentation.

    All writing goes through Slicer's own logic, which puts a segment on a layer of its own before
    it could cover another one. What `OVERWRITE_OTHERS` takes from another segment is given back as
    soon as a later mask does not cover it any more, or the segment that took it is removed, so that
    a bad click costs a neighbour nothing.

    Attributes:
        mode: What happens to other segments.
        lockedSegmentIds: Segments from which nothing is ever taken.
        taken: How many voxels the last writing took, by the id of the segment that had them.
        makesSurfacesLate: Closed surfaces stay as they are until `rebuildSurfaces`.
        frame: Where the node's coordinates lie in the world.

    Args:
        segmentationNode: A vtkMRMLSegmentationNode whose source are binary labelmaps.
    """

    def __init__(self, segmentationNode: Any) -> None:
        self.segmentationNode = segmentationNode
        self.mode = WriteMode.KEEP_OTHERS
        self.lockedSegmentIds: Collection[str] = ()
        self.taken: dict[str, int] = {}
        self.makesSurfacesLate = False
        self.frame = NodeFrame(segmentationNode)
        self._surfaces = LateSurfaces(segmentationNode)
        self._owed: Owed = {}

    def addSegment(self, name: str = "") -> str:
        """Add an empty segment in Slicer's next colour and return its id.

        Without a name, it gets one of Slicer's, which `style` may replace by an expert's.
        """
        segmentation = self.segmentationNode.GetSegmentation()
        segmentId = segmentation.AddEmptySegment("", name)
        if not name:
            markAsUnnamed(segmentation.GetSegment(segmentId))
        return segmentId

    def addStructure(self, structure: Structure) -> str:
        """Add an empty segment with a structure's name, colour and codes, and return its id."""
        segmentId = self.addSegment(structure.name)
        structure.applyTo(self.segmentationNode.GetSegmentation().GetSegment(segmentId))
        return segmentId

    def names(self) -> set[str]:
        """Return the names of all segments."""
        segmentation = self.segmentationNode.GetSegmentation()
        return {segmentation.GetSegment(id).GetName() for id in segmentation.GetSegmentIDs()}

    def style(self, segmentId: str, expert: ExpertCard | None) -> None:
        """Name, colour and code the segment after an expert, unless the user chose."""
        segmentation = self.segmentationNode.GetSegmentation()
        if expert is not None:
            styleSegment(segmentation, segmentation.GetSegment(segmentId), expert)

    @property
    def referenceId(self) -> str:
        """Node id of the volume whose grid the segmentation has; empty where there is none."""
        volumeNode = referenceVolumeOf(self.segmentationNode)
        return "" if volumeNode is None else str(volumeNode.GetID())

    @property
    def hasVoxels(self) -> bool:
        """Say whether the segmentation is made of voxels, not of surfaces or contours."""
        return bool(self.segmentationNode.GetSegmentation().IsSourceRepresentationImageData())

    def checkHasVoxels(self) -> None:
        """Make sure that voxels can be written.

        Raises:
            GeometryError: The segmentation is made of surfaces.
        """
        if not self.hasVoxels:
            raise GeometryError(
                "this segmentation is made of surfaces; make binary labelmaps its source first "
                "(Segmentations module, Representations, Binary labelmap)"
            )

    def useReference(self, volumeNode: Any) -> None:
        """Give the segmentation this volume's grid unless it already has one."""
        if referenceVolumeOf(self.segmentationNode) is None:
            self.segmentationNode.SetReferenceImageGeometryParameterFromVolumeNode(volumeNode)

    def write(
        self, segmentId: str, volume: Volume, mask_box_kji: NDArray[np.bool_], box_ijk: BoxIJK
    ) -> None:
        """Make the segment exactly this mask; only the mask's own box is handed to Slicer.

        Args:
            segmentId: The segment to replace.
            volume: The volume whose grid the mask lies on.
            mask_box_kji: (k, j, i) bool, the mask inside the box; false outside it.
            box_ijk: (2, 3) half-open box on the volume's grid.

        Raises:
            GeometryError: The segment is gone, the segmentation is made of surfaces, or under a
                non-linear transform.
        """
        ijkToNode = np.linalg.inv(nodeToWorld(self.segmentationNode)) @ volume.ijk_to_ras
        self.putBack(segmentId, SegmentVoxels.cutOut(mask_box_kji, box_ijk, ijkToNode))

    @property
    def hasStaleSurfaces(self) -> bool:
        """Say whether a closed surface shows what its segment was before."""
        return self._surfaces.areStale

    def rebuildSurfaces(self) -> None:
        """Make the closed surfaces of all that was written since the last time."""
        self._surfaces.rebuild()

    @property
    def touchesOthers(self) -> bool:
        """Say whether writing one segment may change another."""
        return self.mode is WriteMode.OVERWRITE_OTHERS or bool(self._owed)

    def takenByName(self) -> dict[str, int]:
        """Return how many voxels the last writing took from other segments, by their names."""
        segmentation = self.segmentationNode.GetSegmentation()
        return {segmentation.GetSegment(id).GetName(): n for id, n in self.taken.items()}

    def voxelsOf(self, segmentId: str) -> SegmentVoxels:
        """Return the segment's voxels as they are now; `putBack` takes them."""
        return SegmentVoxels.ofImage(self._copyOf(segmentId))

    def _copyOf(self, segmentId: str) -> Any:
        image, copy = slicer.vtkOrientedImageData(), slicer.vtkOrientedImageData()
        self.segmentationNode.GetBinaryLabelmapRepresentation(segmentId, image)
        copy.DeepCopy(image)
        return copy

    def clear(self, segmentId: str) -> None:
        """Leave the segment without a voxel."""
        self.putBack(segmentId, SegmentVoxels.none())

    def putBack(self, segmentId: str, voxels: SegmentVoxels) -> None:
        """Make the segment exactly these voxels; whatever others took from it is owed no more.

        Raises:
            GeometryError: The segment is gone, or the segmentation is made of surfaces.
        """
        self.taken = {}
        image = voxels.toImage()
        self._replace(segmentId, image)
        self._owed = {pair: owed for pair, owed in self._owed.items() if pair[1] != segmentId}
        for otherId in self.segmentationNode.GetSegmentation().GetSegmentIDs():
            if otherId != segmentId:
                takes = self.mode is WriteMode.OVERWRITE_OTHERS
                self._share(segmentId, otherId, image, takes=takes)

    def owedAround(self, segmentId: str) -> Owed:
        """Return what the segment owes and what it is owed; `restore` takes it."""
        return {pair: owed for pair, owed in self._owed.items() if segmentId in pair}

    def restore(self, segmentId: str, voxels: SegmentVoxels, owed: Owed) -> None:
        """Make a segment that was removed what it was; it takes again only what it had taken.

        Raises:
            GeometryError: The segmentation is made of surfaces.
        """
        self.taken = {}
        for (takerId, ownerId), image in owed.items():
            if takerId != segmentId:
                self._owed[takerId, ownerId] = image
            elif self._isThere(ownerId):
                self._share(takerId, ownerId, image, takes=True)
        self._replace(segmentId, voxels.toImage())

    def follow(self, move: NodeMove) -> None:
        """Keep what is owed where it is, in other coordinates of the node."""
        self._owed = movedOwed(self._owed, move)

    @property
    def owesForRemoved(self) -> bool:
        """Say whether a segment was removed that had taken something, or is owed something."""
        return any(not all(map(self._isThere, pair)) for pair in self._owed)

    def settleRemoved(self) -> None:
        """Give back what removed segments took; nobody owes them anything any more.

        Segments that were made surfaces since stay as they are.
        """
        nothing = SegmentVoxels.none().toImage()
        for takerId, ownerId in tuple(self._owed):
            if not self.hasVoxels or not self._isThere(ownerId):
                del self._owed[takerId, ownerId]
            elif not self._isThere(takerId):
                self._share(takerId, ownerId, nothing, takes=False)
        self.tidyEmptied()

    def _isThere(self, segmentId: str) -> bool:
        return self.segmentationNode.GetSegmentation().GetSegment(segmentId) is not None

    def _replace(self, segmentId: str, image: Any) -> None:
        self._checkWritable(segmentId)
        isEmptied = box_is_empty(boxOf(image))
        if isEmptied:
            grid = layerGrid(self.segmentationNode.GetSegmentation(), segmentId)
            if grid is None:
                return  # it never had a voxel
            image = withoutVoxel(grid)
        leaveLayerOfAnotherGrid(self.segmentationNode.GetSegmentation(), segmentId, gridOf(image))
        with oneEvent(self.segmentationNode), self._surfaces.keeping(segmentId):
            _Logic.SetBinaryLabelmapToSegment(
                image, self.segmentationNode, segmentId, _Logic.MODE_REPLACE
            )
        if not self.makesSurfacesLate:
            self._surfaces.rebuild()
        if isEmptied:
            self.tidyEmptied()

    def tidyEmptied(self) -> None:
        """Leave no labelmap of nothing but zeros where no segment has a voxel any more."""
        if self.hasVoxels:
            with oneEvent(self.segmentationNode):
                shareEmptyLayer(self.segmentationNode.GetSegmentation())

    def _checkWritable(self, segmentId: str) -> None:
        if self.segmentationNode.GetSegmentation().GetSegment(segmentId) is None:
            raise GeometryError("the segment is not there any more; choose or add another one")
        self.checkHasVoxels()

    def _share(self, segmentId: str, otherId: str, image: Any, *, takes: bool) -> None:
        """Take the image's voxels from another segment, give back what it does not cover now."""
        taken = self._owed.pop((segmentId, otherId), None)
        takes = takes and otherId not in self.lockedSegmentIds
        if taken is None and not takes:
            return
        other = self._copyOf(otherId)
        grid = gridOf(other if taken is None else taken)
        box = reachedBox(other, grid)
        if taken is not None:
            box = unite_boxes(box, boxOf(taken))
        if box_is_empty(box):
            return
        now = resampled(other, box, grid)
        whole = now if taken is None else now | resampled(taken, box, grid)
        covered = resampled(image, box, grid) & whole if takes else np.zeros_like(whole)
        lost = int((covered & now).sum())
        if lost:
            self.taken[otherId] = lost
        if covered.any():
            self._owed[segmentId, otherId] = toOrientedImage(covered, box, grid)
        if ((whole & ~covered) != now).any():
            self._replace(otherId, toOrientedImage(whole & ~covered, box, grid))
            segment = self.segmentationNode.GetSegmentation().GetSegment(otherId)
            passOn(segment, SegmentVoxels.ofImage(other), self.voxelsOf(otherId))
